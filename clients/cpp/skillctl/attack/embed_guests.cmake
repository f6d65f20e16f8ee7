# cmake -DGUESTS=DIR -DOUTPUT=FILE -P embed_guests.cmake: writes the files of a directory as C++ source.
file(GLOB files ${GUESTS}/*)
list(SORT files)
set(arrays "")
set(table "")
set(number 0)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  # In lines of 100 bytes: compilers limit the length of one literal, not of joined ones.
  string(REGEX REPLACE "(................................................................................)" "\\1\"\n    \"" escaped "${escaped}")
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(APPEND arrays "const char kGuest${number}[] =\n    \"${escaped}\";\n")
  string(APPEND table "      {\"${name}\", {kGuest${number}, ${size}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed_guests.cmake.
#include \"skillctl/attack/embedded_guests.h\"

namespace skillrunner::attack {
namespace {

${arrays}
}  // namespace

const std::vector<EmbeddedGuest>& EmbeddedGuests() {
  static const std::vector<EmbeddedGuest> guests = {
${table}  };
  return guests;
}

}  // namespace skillrunner::attack
")
