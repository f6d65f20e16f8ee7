// What has to be known of a Java file before it is compiled: the class it is started by. Read from its words, with
// comments and literals left out; a file that confuses it does not start, and the JVM says which class it looked for.
#include <ctype.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "runner/compilers.h"

namespace skillrunner {
namespace {

bool IsWordByte(char c) {
  return ::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

// Where the comment or literal that starts at `at` ends; `at` itself: none does.
size_t SkipText(absl::string_view source, size_t at) {
  const auto behind = [source](absl::string_view end, size_t from) {
    const size_t found = source.find(end, from);
    return found == absl::string_view::npos ? source.size() : found + end.size();
  };
  if (absl::StartsWith(source.substr(at), "//")) return behind("\n", at);
  if (absl::StartsWith(source.substr(at), "/*")) return behind("*/", at + 2);
  if (absl::StartsWith(source.substr(at), "\"\"\"")) return behind("\"\"\"", at + 3);
  if (source[at] != '"' && source[at] != '\'') return at;
  const char quote = source[at];
  for (++at; at < source.size() && source[at] != quote && source[at] != '\n'; ++at) {
    if (source[at] == '\\') ++at;
  }
  return std::min(at + 1, source.size());
}

// Words, and the braces and points between them.
std::vector<absl::string_view> Tokens(absl::string_view source) {
  std::vector<absl::string_view> tokens;
  for (size_t at = 0; at < source.size();) {
    const size_t skipped = SkipText(source, at);
    if (skipped != at) {
      at = skipped;
    } else if (IsWordByte(source[at])) {
      size_t end = at;
      while (end < source.size() && IsWordByte(source[end])) ++end;
      tokens.push_back(source.substr(at, end - at));
      at = end;
    } else {
      if (absl::StrContains("{}.;(", source.substr(at, 1))) tokens.push_back(source.substr(at, 1));
      ++at;
    }
  }
  return tokens;
}

bool DeclaresType(absl::string_view word) {
  return word == "class" || word == "interface" || word == "enum" || word == "record";
}

}  // namespace

JavaNames ReadJavaNames(absl::string_view source) {
  const std::vector<absl::string_view> tokens = Tokens(source);
  std::string package;
  std::string first;  // top-level class of the file
  std::string public_one;
  std::string current;  // that we are in
  std::string main;
  bool is_public = false;
  int depth = 0;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const absl::string_view token = tokens[i];
    if (token == "{") ++depth;
    if (token == "}") --depth;
    if (depth == 1 && token == "main" && tokens[i + 1] == "(" && i > 0 && tokens[i - 1] == "void" && main.empty())
      main = current;
    if (depth != 0) continue;
    if (token == "package" && package.empty()) {
      for (size_t part = i + 1; part < tokens.size() && tokens[part] != ";"; ++part)
        absl::StrAppend(&package, tokens[part]);
      absl::StrAppend(&package, ".");
    }
    is_public = token == "public" || (is_public && token != ";" && token != "}");
    if (!DeclaresType(token) || !IsWordByte(tokens[i + 1][0]) || (i > 0 && tokens[i - 1] == ".")) continue;
    current = std::string(tokens[i + 1]);
    if (first.empty()) first = current;
    if (is_public && public_one.empty()) public_one = current;
    is_public = false;
  }
  if (main.empty()) main = first.empty() ? "Main" : first;
  return {absl::StrCat(package, main), public_one.empty() ? main : public_one};
}

}  // namespace skillrunner
