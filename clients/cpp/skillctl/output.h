// Writing to standard output and standard error with write(2): nothing is buffered, bytes are never changed.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace skillrunner::skillctl {

// Writes everything, waiting where a non-blocking descriptor is full. 0, or the errno of the write that failed; EPIPE
// where nobody reads (SIGPIPE must be ignored).
int WriteFully(int fd, absl::string_view bytes);

// Writes the answer of a command to standard output. 0, kExitOutputClosed, or kExitTrouble with a sentence on stderr.
int PrintAnswer(absl::string_view text);

// Writes `skillctl: text` to standard error; every further line of the text is written as it is.
void Complain(absl::string_view text);

// Protobuf JSON with the field names of the .proto files, in one line with its newline.
std::string JsonLine(const google::protobuf::Message& message);

// A table with aligned columns. Cells are made safe for a terminal and stay on one line.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { Add(std::move(header)); }
  // As many cells as the header has.
  void Add(std::vector<std::string> cells);
  // Rows clipped to `columns`; 0: not clipped.
  std::string Render(size_t columns = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> widths_;
};

// Columns of the terminal standard output goes to; 0 where it goes elsewhere.
size_t TerminalColumns();

}  // namespace skillrunner::skillctl
