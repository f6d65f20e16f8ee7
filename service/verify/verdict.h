// Whether an example does what its descriptor promises. Pure: the runs are made elsewhere.
#pragma once

#include <string>
#include <vector>

#include "catalog/session_program.h"
#include "catalog/skill.h"
#include "itzamna/skillrunner/v1/catalog.pb.h"

namespace skillrunner::verify {

// Why the example is not to be run at all, as its descriptor tells; `reason` is empty where it is.
struct Skip {
  std::string reason;
  std::string message;
};
Skip WhyNotRun(const catalog::Example& example);

struct JudgedRun {
  const catalog::Skill& skill;
  const catalog::Example& example;
  const catalog::SessionProgram& program;  // what was run
  std::string file;                        // the name it had
  std::string out;
  bool out_cut = false;  // it wrote more than that
  std::string err;
  std::vector<itzamna::skillrunner::v1::RunDiagnostic> diagnostics;  // of its compiler
  itzamna::skillrunner::v1::RunFinished finished;
};

// Sets verdict, reason, message, failed_line and the tails. The order: did it end as it should, did it print what is
// promised. A program that should fail must fail by itself: not for want of a module, nor at a limit.
void Judge(const JudgedRun& run, itzamna::skillrunner::v1::ExampleVerdict* verdict);

}  // namespace skillrunner::verify
