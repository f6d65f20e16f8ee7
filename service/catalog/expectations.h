// What a block of code promises to print.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

// Reads the comments of `source` (`comment` starts one: `#` or `//`; empty: the language has none we know). A promise
// is a comment with one of the words output, expected, expected output, prints, saída, saída esperada, resultado and a
// colon:
//   - on a line of its own: the text behind the colon and the comment lines right below are lines of stdout, in order;
//   - behind a call that prints (`print`, `println`, `printf`, `console.log`, `echo`, `cout`): a part of one line.
// Everything else that looks like one is a remark: other comments, `Output` as a heading of code, a text that lists
// several lines with remarks of its own. What follows ` ← ` is a remark, too. `first_line`: of the source in its file.
std::vector<Expectation> ReadExpectations(const std::string& source, absl::string_view comment, int first_line);

// How comments start in a language of a fence, lower case; empty where we do not know.
absl::string_view CommentStart(absl::string_view language);

// Whether a line of text says that the block below it is the output of the one above: "Output:", "**Saída:**".
bool IsOutputLabel(absl::string_view line);

// Whether `out`, what a program printed, keeps the promises. Else `problem` says in one sentence which one is broken.
bool KeepsPromises(const std::vector<Expectation>& expectations, absl::string_view out, std::string* problem);

}  // namespace skillrunner::catalog
