// What the catalogue makes of descriptor files: plain values, no behaviour. All text is valid UTF-8, except
// Example::source, which holds the bytes of the file.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace skillrunner::catalog {

enum class Severity { kInfo, kWarning, kError };

struct Position {
  std::string path;  // relative to the descriptor root
  int line = 0;      // from 1; 0: the file as a whole
  int column = 0;    // in bytes, from 1; 0: the line as a whole
};

// Something worth saying about a descriptor. Loading never fails because of one.
struct Diagnostic {
  std::string code;  // stable, lower-case with hyphens, such as `empty-file`
  Severity severity = Severity::kInfo;
  std::string message;  // one sentence
  Position position;
  std::string root;  // display path of the descriptor root; empty from ParseDescriptor
};

// A heading and the text below it, up to the next heading. Only headings outside quotes and lists make sections.
struct Section {
  std::string kind;   // `domain`, `description`, `concepts`, ... (section_kinds.h); empty where not recognised
  std::string title;  // as plain text
  int level = 0;      // 1 to 6
  std::string body;   // Markdown below the heading, verbatim
  Position position;  // of the heading
};

// A fenced code block.
struct Example {
  std::string id;        // unique in its skill: slug of the nearest heading above, `-2`, `-3`, ... where repeated
  std::string title;     // the nearest heading above; empty without one
  std::string language;  // first word of the info string, as written; at most 64 bytes
  std::string runtime;   // what runs that language (languages.h); empty where nothing does
  std::string source;    // the code byte for byte, without its containers' indentation; lines end in LF
  Position position;     // of the first line of the code
};

// A link or source the descriptor names.
struct Reference {
  std::string title;  // link text; may be empty
  std::string url;    // link target, as written
  Position position;
};

struct Skill {
  std::string id;     // [a-z0-9] and single hyphens, at most 64 bytes; unique in its snapshot
  std::string title;  // for people; never empty
  std::string description;
  std::string domain;
  std::string root;      // display path of the descriptor root; empty from ParseDescriptor
  std::string path;      // relative to the root
  std::string revision;  // SHA-256 of the file's bytes, lower-case hex
  std::string format;    // `v1-flat` or `front-matter`
  std::vector<std::pair<std::string, std::string>>
      front_matter;                   // in file order, values as text, lists joined with ", "
  std::vector<Section> sections;      // in file order
  std::vector<Example> examples;      // in file order
  std::vector<Reference> references;  // front matter first, then file order
  std::vector<Diagnostic> diagnostics;
};

}  // namespace skillrunner::catalog
