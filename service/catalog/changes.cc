#include "catalog/changes.h"

#include <algorithm>
#include <tuple>

namespace skillrunner::catalog {
namespace {

bool SameDiagnostic(const Diagnostic& a, const Diagnostic& b) {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.code, d.severity, d.message, d.position.path, d.position.line, d.position.column, d.root,
                    d.source);
  };
  return key(a) == key(b);
}

bool SameDiagnostics(const std::vector<Diagnostic>& a, const std::vector<Diagnostic>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), SameDiagnostic);
}

// The same bytes of the same file under the same id: all else in a skill follows from them.
bool SameSkill(const Skill& a, const Skill& b) {
  return a.revision == b.revision && a.id == b.id && a.path == b.path && a.root == b.root &&
         SameDiagnostics(a.diagnostics, b.diagnostics);
}

bool SameDocument(const Document& a, const Document& b) {
  return a.root == b.root && a.path == b.path && a.kind == b.kind && a.revision == b.revision;
}

// Whether more of its files are served at an older revision than before, or for another reason.
bool BrokeMore(const Skill& before, const Skill& after) {
  for (const Diagnostic& diagnostic : after.diagnostics) {
    if (diagnostic.code != "kept-last-good") continue;
    const bool known = std::any_of(before.diagnostics.begin(), before.diagnostics.end(),
                                   [&](const Diagnostic& old) { return SameDiagnostic(old, diagnostic); });
    if (!known) return true;
  }
  return false;
}

}  // namespace

std::vector<Change> Compare(const Snapshot& before, const Snapshot& after) {
  std::vector<Change> changes;
  auto old = before.skills().begin();
  auto now = after.skills().begin();
  while (old != before.skills().end() || now != after.skills().end()) {
    const int order = old == before.skills().end()  ? 1
                      : now == after.skills().end() ? -1
                                                    : (*old)->id.compare((*now)->id);
    if (order < 0) {
      changes.push_back({Change::Kind::kRemoved, *old++, nullptr});
    } else if (order > 0) {
      changes.push_back({Change::Kind::kAdded, nullptr, *now++});
    } else {
      if (*old != *now && !SameSkill(**old, **now)) {
        const auto kind = BrokeMore(**old, **now) ? Change::Kind::kBroken : Change::Kind::kUpdated;
        changes.push_back({kind, *old, *now});
      }
      ++old;
      ++now;
    }
  }
  return changes;
}

bool SameContent(const Snapshot& before, const Snapshot& after) {
  return Compare(before, after).empty() && SameDiagnostics(before.diagnostics(), after.diagnostics()) &&
         std::equal(before.documents().begin(), before.documents().end(), after.documents().begin(),
                    after.documents().end(), SameDocument);
}

}  // namespace skillrunner::catalog
