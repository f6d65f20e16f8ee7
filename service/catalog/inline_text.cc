#include "catalog/inline_text.h"

#include <cmark-gfm.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/utf8.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

absl::string_view Text(const char* text) {
  return text == nullptr ? absl::string_view() : absl::string_view(text);
}

void AppendBareAddresses(absl::string_view text, std::vector<InlineLink>* links) {
  while (true) {
    size_t at = text.find("https://");
    at = std::min(at, text.find("http://"));
    if (at == absl::string_view::npos) return;
    text.remove_prefix(at);
    absl::string_view url = text.substr(0, text.find_first_of(" \t<>\"`"));
    text.remove_prefix(url.size());
    while (!url.empty() && absl::string_view(".,;:!?)'*").find(url.back()) != absl::string_view::npos)
      url.remove_suffix(1);
    if (url.size() > absl::string_view("https://").size()) links->push_back({"", std::string(url)});
  }
}

}  // namespace

InlineText ParseInline(absl::string_view markdown, size_t max_bytes) {
  // The inside of an ATX heading is the one place where no block structure is recognised.
  std::string line = absl::StrCat("# ", ReplaceInvalidUtf8(CutUtf8(markdown, max_bytes)));
  for (char& c : line) {
    if (c == '\n' || c == '\r' || c == '\0') c = ' ';
  }
  const std::unique_ptr<cmark_node, void (*)(cmark_node*)> document(
      cmark_parse_document(line.data(), line.size(), CMARK_OPT_VALIDATE_UTF8), cmark_node_free);
  cmark_consolidate_text_nodes(document.get());
  const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> walk(cmark_iter_new(document.get()), cmark_iter_free);

  InlineText result;
  std::vector<InlineLink> bare;
  int open_links = 0;
  size_t link_text_start = 0;
  for (cmark_event_type event = cmark_iter_next(walk.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(walk.get())) {
    cmark_node* node = cmark_iter_get_node(walk.get());
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
      absl::StrAppend(&result.text, Text(cmark_node_get_literal(node)));
      if (type == CMARK_NODE_TEXT && open_links == 0) AppendBareAddresses(Text(cmark_node_get_literal(node)), &bare);
    } else if (type == CMARK_NODE_LINK) {
      if (event == CMARK_EVENT_ENTER) {
        ++open_links;
        link_text_start = result.text.size();
      } else {
        --open_links;
        const absl::string_view url = Text(cmark_node_get_url(node));
        if (!url.empty()) result.links.push_back({result.text.substr(link_text_start), std::string(url)});
      }
    }
  }
  result.text = std::string(absl::StripAsciiWhitespace(result.text));
  for (InlineLink& link : bare) result.links.push_back(std::move(link));
  return result;
}

}  // namespace skillrunner::catalog
