// What the catalogue makes of descriptor files: plain values, no behaviour. All text is valid UTF-8, except
// Example::source, which holds the bytes of the file.
#pragma once

#include <cstdint>
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
  std::string root;    // display path of the descriptor root; empty from ParseDescriptor
  std::string source;  // of a lint rule: the document that states it; else empty
};

// A heading and the text below it, up to the next heading. Only headings outside quotes and lists make sections.
struct Section {
  std::string kind;   // `domain`, `description`, `concepts`, ... (section_kinds.h); empty where not recognised
  std::string title;  // as plain text
  int level = 0;      // 1 to 6
  std::string body;   // Markdown below the heading, verbatim
  Position position;  // of the heading
};

// What a block of code is there for.
enum class Purpose {
  kExample,        // to be run
  kTheory,         // illustrates a concept, or is no program (a diagram, a tree of files, prose)
  kAntiPattern,    // shows what not to do: meant to be wrong
  kInput,          // data for a program, or text for an agent
  kConfiguration,  // a settings or build file, or a command that installs something
  kOutput,         // what a program prints
};

// What the author says about a block in its info string, such as "```python should_fail timeout=5s".
struct FenceAttributes {
  bool no_run = false;
  bool should_fail = false;
  bool continues = false;                                   // `continue`: goes on where the block before ended
  int64_t timeout_millis = 0;                               // 0: not given
  std::vector<std::pair<std::string, std::string>> others;  // verbatim; the value is empty for a bare word
};

enum class Completeness {
  kUnknown,   // nothing is known about programs in this language
  kComplete,  // stands on its own
  kFragment,  // needs names from elsewhere, or has no entry point
};

// Output that the block's own comments, or the block after it, promise.
struct Expectation {
  std::string text;    // lines end in LF, but for a partial one
  bool whole = false;  // all of stdout; else a line that stdout has, after those of the expectations before
  int line = 0;        // in the file, from 1
};

// A fenced code block.
struct Example {
  std::string id;        // unique in its skill: slug of the nearest heading above, `-2`, `-3`, ... where repeated
  std::string title;     // the nearest heading above; empty without one
  std::string language;  // first word of the info string, as written; at most 64 bytes
  std::string info;      // the info string, verbatim; at most 1 KiB
  std::string runtime;   // what runs that language (languages.h); empty where nothing does
  std::string source;    // the code byte for byte, without its containers' indentation; lines end in LF
  Position position;     // of the first line of the code
  std::vector<std::string> heading_path;  // from the outermost heading to the nearest
  Purpose purpose = Purpose::kExample;
  FenceAttributes attributes;
  Completeness completeness = Completeness::kUnknown;
  std::vector<std::string> imports;    // modules or headers it loads, sorted
  std::vector<std::string> undefined;  // names it uses and nothing here binds, sorted; only where that is known
  bool top_level_await = false;        // `await` outside of functions
  std::vector<std::string> session;    // ids of the blocks that must run first for it, in order; empty: none
  std::vector<Expectation> expectations;
};

// A link or source the descriptor names.
struct Reference {
  std::string title;  // link text; may be empty
  std::string url;    // link target, as written
  Position position;
};

// The front matter as the families of descriptors use it. Text as written; empty where not given.
struct Metadata {
  std::string name;
  std::string version;
  std::string status;  // `draft`, `approved`, `deprecated`, ... lower case
  std::string level;   // `L0` ... `L3`, upper case
  std::string category;
  std::string subcategory;
  std::string language_version;
  std::string author;
  std::string created;
  std::string type;
  std::string license;
  std::string compatibility;
  std::string allowed_tools;
  std::string replacement;        // of a deprecated skill
  std::vector<std::string> tags;  // `tags` and `keywords`
  std::vector<std::string> triggers;
  std::vector<std::string> dependencies;
};

// A sub-file that belongs to a skill: Markdown below its directory. Its code is among the skill's examples.
struct Part {
  std::string path;  // relative to the root
  std::string title;
  std::string description;
  std::string format;    // as Skill::format
  std::string revision;  // SHA-256 of its bytes
  int64_t size = 0;      // bytes
  std::vector<Section> sections;
  std::string front_matter_text;  // as Skill::front_matter_text
  std::string body;               // as Skill::body
  int body_line = 1;              // as Skill::body_line
};

struct Attachment {
  std::string path;               // relative to the root
  std::string front_matter_text;  // as Skill::front_matter_text
  std::string body;               // as Skill::body
};

struct Skill {
  std::string id;     // [a-z0-9] and single hyphens, at most 64 bytes; unique in its snapshot
  std::string title;  // for people; never empty
  std::string description;
  std::string domain;
  std::string root;      // display path of the descriptor root; empty from ParseDescriptor
  std::string path;      // relative to the root
  std::string revision;  // SHA-256, lower-case hex, of the file's bytes; with parts, of all its files' hashes
  std::string format;    // family (metadata.h)
  int64_t size = 0;      // bytes of the descriptor file
  Metadata metadata;
  std::string front_matter_text;  // between the `---` lines, verbatim; empty without front matter
  std::vector<std::pair<std::string, std::string>>
      front_matter;                   // in file order, values as text, lists joined with ", "
  std::vector<Section> sections;      // in file order
  std::string body;                   // Markdown after the front matter, invalid UTF-8 replaced
  int body_line = 1;                  // of the first line of body
  std::vector<Example> examples;      // in file order, those of the parts after it
  std::vector<Reference> references;  // front matter first, then file order
  std::vector<Part> parts;            // ordered by path
  // Markdown files of the skill's directory that are no parts of it, such as templates; ordered by path.
  std::vector<Attachment> attachments;
  std::vector<Diagnostic> diagnostics;
};

// A Markdown file that is about skills, without being one: an index, a README, a template, a draft.
struct Document {
  std::string root;
  std::string path;
  std::string kind;  // `index`, `readme`, `persona`, `template`, `draft`, `material`, `other`
  std::string title;
  std::string revision;
  std::vector<Example> examples;
};

}  // namespace skillrunner::catalog
