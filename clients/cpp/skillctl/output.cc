#include "skillctl/output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "skillctl/exit_code.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {

int WriteFully(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      // A terminal or pipe that another program made non-blocking.
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int PrintAnswer(absl::string_view text) {
  const int error = WriteFully(STDOUT_FILENO, text);
  if (error == 0) return 0;
  if (error == EPIPE) return kExitOutputClosed;
  Complain(absl::StrCat("cannot write to standard output: ", std::strerror(error)));
  return kExitTrouble;
}

void Complain(absl::string_view text) {
  WriteFully(STDERR_FILENO, absl::StrCat("skillctl: ", text, "\n"));
}

std::string JsonLine(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) json = "{}";  // only for messages of unknown type, which we have none of
  json += '\n';
  return json;
}

void Table::Add(std::vector<std::string> cells) {
  widths_.resize(std::max(widths_.size(), cells.size()));
  for (size_t column = 0; column < cells.size(); ++column) {
    cells[column] = client::EscapeForTerminal(cells[column]);
    widths_[column] = std::max(widths_[column], client::DisplayWidth(cells[column]));
  }
  rows_.push_back(std::move(cells));
}

std::string Table::Render(size_t columns) const {
  std::string result;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      line += row[column];
      if (column + 1 < row.size()) line.append(widths_[column] - client::DisplayWidth(row[column]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&result, columns == 0 ? line : client::ClipToWidth(line, columns), "\n");
  }
  return result;
}

size_t TerminalColumns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace skillrunner::skillctl
