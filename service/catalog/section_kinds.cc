#include "catalog/section_kinds.h"

#include <string>

#include "absl/strings/match.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

struct KnownHeading {
  absl::string_view slug;  // matches itself and whatever continues it after a hyphen
  absl::string_view kind;
};

constexpr KnownHeading kKnownHeadings[] = {
    {"dominio", "domain"},
    {"domain", "domain"},
    {"descricao", "description"},
    {"description", "description"},
    {"visao-geral", "description"},
    {"overview", "description"},
    {"introducao", "description"},
    {"introduction", "description"},
    {"when-to-use", "when_to_use"},
    {"quando-usar", "when_to_use"},
    {"use-cases", "use_cases"},
    {"casos-de-uso", "use_cases"},
    {"conceitos", "concepts"},
    {"concepts", "concepts"},
    {"core-concepts", "concepts"},
    {"key-concepts", "concepts"},
    {"instrucoes", "instructions"},
    {"instructions", "instructions"},
    {"melhores-praticas", "best_practices"},
    {"boas-praticas", "best_practices"},
    {"best-practices", "best_practices"},
    {"guidelines", "best_practices"},
    {"recomendacoes", "best_practices"},
    {"recommendations", "best_practices"},
    {"constraints", "constraints"},
    {"restricoes", "constraints"},
    {"exemplos", "examples"},
    {"examples", "examples"},
    {"common-pitfalls", "anti_patterns"},
    {"pitfalls", "anti_patterns"},
    {"edge-cases", "anti_patterns"},
    {"anti-padroes", "anti_patterns"},
    {"anti-patterns", "anti_patterns"},
    {"problemas-comuns", "anti_patterns"},
    {"common-mistakes", "anti_patterns"},
    {"related", "related"},
    {"skills-relacionadas", "related"},
    {"versoes-especificas", "related"},
    {"specialized-version-skills", "related"},
    {"sessoes-jit", "related"},
    {"proximos-passos", "related"},
    {"next-steps", "related"},
    {"referencias", "references"},
    {"references", "references"},
    {"recursos", "references"},
    {"resources", "references"},
    {"fontes", "references"},
    {"sources", "references"},
    {"further-reading", "references"},
    {"notas", "notes"},
    {"notes", "notes"},
};

bool Continues(absl::string_view slug, absl::string_view known) {
  return absl::StartsWith(slug, known) && (slug.size() == known.size() || slug[known.size()] == '-');
}

}  // namespace

absl::string_view SectionKind(absl::string_view title, int level) {
  if (level == 1) return "title";
  const std::string whole = Slug(title);
  // Numbering, wherever an emoji before it may have been.
  const size_t letter = whole.find_first_not_of("0123456789-");
  if (letter == std::string::npos) return "";
  const absl::string_view slug = absl::string_view(whole).substr(letter);
  for (const KnownHeading& heading : kKnownHeadings) {
    if (Continues(slug, heading.slug)) return heading.kind;
  }
  if (level == 2 && (Continues(slug, "exemplo") || Continues(slug, "example"))) return "examples";
  return "";
}

}  // namespace skillrunner::catalog
