// The files of tests/guests/, put into the program by the build (embed_guests.cmake).
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::attack {

struct EmbeddedGuest {
  absl::string_view name;  // of the file, without directory
  absl::string_view text;
};

const std::vector<EmbeddedGuest>& EmbeddedGuests();

}  // namespace skillrunner::attack
