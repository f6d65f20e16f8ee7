#include "catalog/fence_info.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/utf8.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr double kMaxTimeoutMillis = 3'600'000;
constexpr size_t kMaxAttributes = 64;

bool IsSeparator(char c) {
  return c == ' ' || c == '\t' || c == ',' || c == '{' || c == '}';
}

// 0: not a time.
int64_t ParseTimeout(absl::string_view text) {
  double unit = 1000;
  if (absl::ConsumeSuffix(&text, "ms")) {
    unit = 1;
  } else if (absl::ConsumeSuffix(&text, "s")) {
    unit = 1000;
  } else if (absl::ConsumeSuffix(&text, "m")) {
    unit = 60'000;
  }
  double value = 0;
  if (!absl::SimpleAtod(text, &value)) return 0;
  const double millis = value * unit;
  return millis >= 1 && millis <= kMaxTimeoutMillis ? static_cast<int64_t>(millis) : 0;
}

// Of an attribute that is true by being there, unless its value says otherwise.
bool IsOn(const std::string& value) {
  const std::string word = absl::AsciiStrToLower(value);
  return word != "false" && word != "0" && word != "no" && word != "off";
}

void Apply(const std::string& key, const std::string& value, FenceInfo* info) {
  std::string word = absl::AsciiStrToLower(key);
  std::replace(word.begin(), word.end(), '-', '_');
  FenceAttributes& attributes = info->attributes;
  if (word == "no_run" || word == "ignore") {
    attributes.no_run = IsOn(value);
  } else if (word == "should_fail" || word == "should_panic") {
    attributes.should_fail = IsOn(value);
  } else if (word == "continue") {
    attributes.continues = IsOn(value);
  } else if (word == "timeout") {
    attributes.timeout_millis = ParseTimeout(value);
    if (attributes.timeout_millis == 0) {
      info->problems.push_back(
          absl::StrCat("`timeout=", value, "` is no time such as 5s, 500ms or 2m, at most an hour; ignored"));
    }
  } else if (attributes.others.size() < kMaxAttributes) {
    attributes.others.emplace_back(key, value);
  }
}

}  // namespace

FenceInfo ParseFenceInfo(absl::string_view raw) {
  const std::string valid = ReplaceInvalidUtf8(CutUtf8(raw, kMaxInfoBytes));
  absl::string_view text = valid;
  FenceInfo info;
  const size_t word = std::min(text.find_first_of(" \t"), text.size());
  // "```{python no_run}" and "```python{1,3}": braces belong to attributes.
  absl::string_view language = text.substr(0, word);
  size_t rest = word;
  if (absl::StartsWith(language, "{")) {
    const size_t end = std::min(text.find_first_of(" \t,}", 1), text.size());
    language = text.substr(1, end - 1);
    rest = end;
    absl::ConsumePrefix(&language, ".");
  } else if (const size_t end = language.find_first_of(",{"); end != absl::string_view::npos) {
    language = language.substr(0, end);
    rest = end;
  }
  info.language = std::string(CutUtf8(language, kMaxLanguageBytes));
  text.remove_prefix(rest);
  while (true) {
    while (!text.empty() && IsSeparator(text.front())) text.remove_prefix(1);
    if (text.empty()) return info;
    size_t end = 0;
    while (end < text.size() && !IsSeparator(text[end]) && text[end] != '=') ++end;
    const std::string key(text.substr(0, end));
    std::string value;
    text.remove_prefix(end);
    if (absl::ConsumePrefix(&text, "=")) {
      const char quote = text.empty() ? '\0' : text.front();
      if (quote == '"' || quote == '\'') {
        const size_t close = std::min(text.find(quote, 1), text.size());
        value = std::string(text.substr(1, close - 1));
        text.remove_prefix(std::min(close + 1, text.size()));
      } else {
        end = 0;
        while (end < text.size() && !IsSeparator(text[end])) ++end;
        value = std::string(text.substr(0, end));
        text.remove_prefix(end);
      }
    }
    if (!key.empty()) Apply(key, value, &info);
  }
}

}  // namespace skillrunner::catalog
