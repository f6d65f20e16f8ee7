// What a heading of a descriptor means, in Portuguese and English.
#pragma once

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// The logical kind of a section: `title` (first-level headings), `domain`, `description`, `when_to_use`, `use_cases`,
// `concepts`, `instructions`, `best_practices`, `constraints`, `examples`, `anti_patterns`, `related`, `references`,
// `notes`, or empty. Accents, case, emoji and leading numbering do not matter; what follows the known words does not
// either ("Melhores Práticas ao Adotar K2"). One example's own heading ("Exemplo 1: ...") is of kind `examples` only at
// level 2: deeper it is a part of such a section.
absl::string_view SectionKind(absl::string_view title, int level);

}  // namespace skillrunner::catalog
