#include "catalog/slug.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxInput = 1024;
constexpr size_t kMaxNumberSuffix = 8;  // "-1000000": more than the fences a descriptor can have

}  // namespace

absl::string_view CutUtf8(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // Continuation bytes belong to the character before them.
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

std::string Slug(absl::string_view text, size_t max_bytes) {
  const std::string valid = ReplaceInvalidUtf8(CutUtf8(text, kMaxInput));
  utf8proc_uint8_t* folded = nullptr;
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                                             static_cast<utf8proc_ssize_t>(valid.size()), &folded, options);
  if (size < 0) return "";
  std::string slug;
  bool gap = false;
  for (utf8proc_ssize_t i = 0; i < size; ++i) {
    const auto c = static_cast<unsigned char>(folded[i]);
    if (!absl::ascii_isalnum(c)) {
      gap = true;
      continue;
    }
    if (slug.size() + (gap && !slug.empty() ? 2 : 1) > max_bytes) break;
    if (gap && !slug.empty()) slug += '-';
    gap = false;
    slug += absl::ascii_tolower(c);
  }
  std::free(folded);  // NOLINT: utf8proc allocates with malloc
  return slug;
}

std::string NumberedSlug(absl::string_view slug, int number) {
  const std::string suffix = absl::StrCat("-", number);
  slug = slug.substr(0, kMaxSlugBytes - suffix.size());
  while (!slug.empty() && slug.back() == '-') slug.remove_suffix(1);
  return absl::StrCat(slug, suffix);
}

std::string UniqueSlugs::Take(const std::string& wanted) {
  if (taken_.insert(wanted).second) return wanted;
  // Slugs that are equal up to here could meet when they are cut for their numbers: they share one sequence.
  int& number = numbers_[wanted.substr(0, kMaxSlugBytes - kMaxNumberSuffix)];
  std::string id;
  do {
    number = std::max(number, 1) + 1;
    id = NumberedSlug(wanted, number);
  } while (!taken_.insert(id).second);
  return id;
}

absl::string_view StripNumbering(absl::string_view text) {
  size_t at = 0;
  bool separator = false;
  for (; at < text.size(); ++at) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) continue;
    if (at == 0 || (text[at] != '.' && text[at] != ')')) break;
    separator = true;
  }
  if (!separator || at >= text.size() || text[at] != ' ') return text;
  return absl::StripLeadingAsciiWhitespace(text.substr(at));
}

}  // namespace skillrunner::catalog
