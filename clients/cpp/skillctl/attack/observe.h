// One run of a guest as its client sees it, and what is wrong with it.
#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "skillctl/attack/guest.h"
#include "skillrunner_client/client.h"

namespace skillrunner::attack {

struct Observed {
  // Empty: the stream was as it must be: `accepted` first, no gap, offsets that join, `finished` once and last.
  std::string problem;
  std::string run;
  v1::RunStarted started;  // empty: never started
  v1::RunFinished finished;
  std::string out;
  std::string err;
  absl::Duration took;  // from request to end, as this client saw it

  // By how much a run that met its wall limit outlived it; zero for others.
  absl::Duration late() const;
};

// Called on the thread of Observe, after the event was taken in.
using OnEvent = std::function<void(const v1::RunEvent&, const Observed&)>;

// Starts the run and follows it to its end; gives up after 2 minutes.
Observed Observe(client::Client* client, const v1::RunSourceRequest& request, const OnEvent& on_event = nullptr);

// Empty: as expected. Else what is not, in one sentence.
std::string Judge(const Expectation& expected, const Observed& observed);

// The text with controls escaped and cut to what fits a report.
std::string Brief(const std::string& text);

}  // namespace skillrunner::attack
