#include "catalog/search_words.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxSnippetSource = 64 << 10;
constexpr size_t kWindow = 16;        // words
constexpr size_t kWordsBefore = 4;    // the first word that was looked for
constexpr size_t kMaxWordShown = 60;  // bytes
constexpr size_t kMaxGapShown = 4;    // bytes between two words
constexpr char kEllipsis[] = "\xE2\x80\xA6";

// Whether the tokenizer takes the character for a part of a word: letters, numbers, private use.
bool IsWordCharacter(utf8proc_int32_t character) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO:
      return true;
    default:
      return false;
  }
}

// A combining accent continues the word before it.
bool IsMark(utf8proc_int32_t character) {
  return utf8proc_category(character) == UTF8PROC_CATEGORY_MN;
}

// `text` is valid UTF-8.
std::vector<absl::string_view> SplitWords(absl::string_view text) {
  std::vector<absl::string_view> words;
  size_t begin = absl::string_view::npos;  // of the word we are in
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                                   static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (size <= 0) break;
    const bool inside = begin != absl::string_view::npos;
    if (IsWordCharacter(character) || (inside && IsMark(character))) {
      if (!inside) begin = at;
    } else if (inside) {
      words.push_back(text.substr(begin, at - begin));
      begin = absl::string_view::npos;
    }
    at += static_cast<size_t>(size);
  }
  if (begin != absl::string_view::npos) words.push_back(text.substr(begin));
  return words;
}

// Which of the words looked for it is; their number where it is none.
size_t Which(absl::string_view word, const std::vector<std::string>& folded) {
  const std::string own = FoldWord(word);
  for (size_t i = 0; i < folded.size(); ++i) {
    if (own == folded[i] || (i + 1 == folded.size() && absl::StartsWith(own, folded[i]))) return i;
  }
  return folded.size();
}

// The words from `first` on, with what stands between them.
std::string Show(absl::string_view text, const std::vector<absl::string_view>& words, const std::vector<size_t>& which,
                 size_t none, size_t first) {
  std::string shown = first > 0 ? kEllipsis : "";
  const size_t end = std::min(words.size(), first + kWindow);
  for (size_t i = first; i < end; ++i) {
    const absl::string_view word = CutUtf8(words[i], kMaxWordShown);
    absl::StrAppend(&shown, which[i] == none ? "" : "[", word, which[i] == none ? "" : "]");
    const auto behind = static_cast<size_t>(words[i].data() - text.data()) + words[i].size();
    const size_t next = i + 1 < words.size() ? static_cast<size_t>(words[i + 1].data() - text.data()) : text.size();
    if (i + 1 < end) absl::StrAppend(&shown, next - behind <= kMaxGapShown ? text.substr(behind, next - behind) : " ");
  }
  if (end < words.size()) shown += kEllipsis;
  for (char& c : shown) c = absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  absl::RemoveExtraAsciiWhitespace(&shown);
  return shown;
}

}  // namespace

std::vector<std::string> QueryWords(absl::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  const std::vector<absl::string_view> words = SplitWords(valid);
  return {words.begin(), words.end()};
}

std::string FoldWord(absl::string_view word) {
  if (std::all_of(word.begin(), word.end(), [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); }))
    return absl::AsciiStrToLower(word);
  utf8proc_uint8_t* folded = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(word.data()),
                                             static_cast<utf8proc_ssize_t>(word.size()), &folded, options);
  if (size < 0) return std::string(word);
  std::string text(reinterpret_cast<const char*>(folded), static_cast<size_t>(size));
  std::free(folded);  // NOLINT: utf8proc allocates with malloc
  return text;
}

Snippet FindSnippet(absl::string_view text, const std::vector<std::string>& folded) {
  text = CutUtf8(text, kMaxSnippetSource);
  const std::vector<absl::string_view> words = SplitWords(text);
  const size_t none = folded.size();
  std::vector<size_t> which;
  which.reserve(words.size());
  for (const absl::string_view word : words) which.push_back(Which(word, folded));

  // A window slides over the words, and counts how often it has each of those looked for.
  std::vector<size_t> counts(none + 1, 0);
  size_t distinct = 0;
  size_t best = 0;
  size_t best_begin = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if (which[i] != none && counts[which[i]]++ == 0) ++distinct;
    if (i >= kWindow && which[i - kWindow] != none && --counts[which[i - kWindow]] == 0) --distinct;
    if (distinct > best) {
      best = distinct;
      best_begin = i + 1 < kWindow ? 0 : i + 1 - kWindow;
    }
  }
  if (best == 0) return {};
  // It ends with the last of them: it begins with a few words before the first.
  while (which[best_begin] == none) ++best_begin;
  return {best, Show(text, words, which, none, best_begin - std::min(best_begin, kWordsBefore))};
}

}  // namespace skillrunner::catalog
