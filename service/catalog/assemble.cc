#include "catalog/assemble.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "catalog/descriptor.h"
#include "catalog/hashes.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxCollisionNotes = 20;     // in one skill
constexpr size_t kMaxSkillDiagnostics = 500;  // with those of its parts

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// `java-8` of "java-8.md".
std::string StemOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string file = slash == std::string::npos ? path : path.substr(slash + 1);
  return file.substr(0, file.rfind('.'));
}

const char* WhyNoSkill(FileKind kind) {
  switch (kind) {
    case FileKind::kMaterial:
      return "files below this directory belong to a skill, and there is none above";
    case FileKind::kTemplate:
      return "it is a template";
    case FileKind::kDraft:
      return "it is a draft";
    default:
      return "files of this name are about skills";
  }
}

class Assembler {
 public:
  Assembler(const std::vector<Root>& roots, std::vector<Diagnostic> diagnostics)
      : roots_(roots), diagnostics_(std::move(diagnostics)) {}

  std::shared_ptr<const Snapshot> Run(const std::vector<AssembledFile>& files) {
    FindOwners(files);
    for (const AssembledFile& file : files) {
      if (file.parsed == nullptr) continue;
      const bool can_be_part = file.kind == FileKind::kDescriptor || file.kind == FileKind::kMaterial;
      const AssembledFile* owner = file.kind == FileKind::kSkill ? nullptr : OwnerOf(file);
      if (can_be_part && owner != nullptr) {
        parts_[owner].push_back(&file);
        Complain(file);
      } else if (file.kind == FileKind::kSkill || file.kind == FileKind::kDescriptor) {
        Complain(file);
        if (file.parsed->skill != nullptr) skill_files_.push_back(&file);
      } else {
        AddDocument(file);
        if (owner != nullptr && file.parsed->skill != nullptr) attachments_[owner].push_back(&file);
      }
    }
    for (const AssembledFile* file : skill_files_) AddSkill(*file);
    std::vector<std::shared_ptr<const Skill>> skills;
    skills.reserve(entries_.size());
    for (Entry& entry : entries_) skills.push_back(entry.Share());
    return std::make_shared<const Snapshot>(std::move(skills), std::move(documents_), std::move(diagnostics_));
  }

 private:
  // A skill that is copied before its first change.
  struct Entry {
    std::shared_ptr<const Skill> parsed;
    std::unique_ptr<Skill> changed;
    size_t collisions = 0;
    const Skill& get() const { return changed != nullptr ? *changed : *parsed; }
    Skill& change() {
      if (changed == nullptr) changed = std::make_unique<Skill>(*parsed);
      return *changed;
    }
    std::shared_ptr<const Skill> Share() {
      return changed != nullptr ? std::shared_ptr<const Skill>(std::move(changed)) : parsed;
    }
  };

  void FindOwners(const std::vector<AssembledFile>& files) {
    for (const AssembledFile& file : files) {
      if (file.kind != FileKind::kSkill || file.parsed == nullptr || file.parsed->skill == nullptr) continue;
      // SKILL.md sorts before skill.md, and wins.
      owners_.emplace(std::make_pair(file.root, DirectoryOf(file.path)), &file);
    }
  }

  const AssembledFile* OwnerOf(const AssembledFile& file) const {
    for (std::string directory = DirectoryOf(file.path);; directory = DirectoryOf(directory)) {
      const auto owner = owners_.find({file.root, directory});
      if (owner != owners_.end()) return owner->second;
      if (directory.empty()) return nullptr;
    }
  }

  // What is wrong with a file goes to the snapshot.
  void Complain(const AssembledFile& file) {
    diagnostics_.insert(diagnostics_.end(), file.parsed->diagnostics.begin(), file.parsed->diagnostics.end());
    if (!file.kept_because.empty()) diagnostics_.push_back(KeptLastGood(file));
  }

  Diagnostic KeptLastGood(const AssembledFile& file) const {
    return {"kept-last-good",
            Severity::kWarning,
            absl::StrCat("the file is broken and its last good revision is served: ", file.kept_because),
            {ReplaceInvalidUtf8(file.path), 0, 0},
            roots_[file.root].display_path,
            ""};
  }

  void AddDocument(const AssembledFile& file) {
    Document document;
    document.root = roots_[file.root].display_path;
    document.path = ReplaceInvalidUtf8(file.path);
    document.kind = FileKindName(file.kind);
    if (file.parsed->skill != nullptr) {
      document.title = file.parsed->skill->title;
      document.revision = file.parsed->skill->revision;
      document.examples = file.parsed->skill->examples;
    }
    diagnostics_.push_back({"not-a-skill",
                            Severity::kInfo,
                            absl::StrCat("not loaded as a skill: ", WhyNoSkill(file.kind)),
                            {document.path, 0, 0},
                            document.root,
                            ""});
    for (const Diagnostic& diagnostic : file.parsed->diagnostics) {
      if (diagnostic.code != "empty-file") diagnostics_.push_back(diagnostic);
    }
    documents_.push_back(std::move(document));
  }

  void AddSkill(const AssembledFile& file) {
    const size_t index = entries_.size();
    entries_.push_back({file.parsed->skill, nullptr, 0});
    Entry& entry = entries_.back();
    const auto parts = parts_.find(&file);
    if (parts != parts_.end()) AddParts(parts->second, &entry.change());
    const auto attachments = attachments_.find(&file);
    if (attachments != attachments_.end()) AddAttachments(attachments->second, &entry.change());
    if (!file.kept_because.empty()) entry.change().diagnostics.push_back(KeptLastGood(file));

    const std::string wanted = entry.get().id;
    const std::string id = ids_.Take(wanted);
    if (id != wanted) {
      entry.change().id = id;
      Collide(by_id_[wanted], wanted, index);
    }
    by_id_[id] = index;
  }

  static void AddAttachments(const std::vector<const AssembledFile*>& attachments, Skill* skill) {
    for (const AssembledFile* file : attachments) {
      const Skill& from = *file->parsed->skill;
      skill->attachments.push_back({from.path, from.front_matter_text, from.body});
    }
  }

  void AddParts(const std::vector<const AssembledFile*>& parts, Skill* skill) {
    std::string hashes = skill->revision;
    UniqueSlugs ids;
    for (const Example& example : skill->examples) ids.Take(example.id);
    for (const AssembledFile* file : parts) {
      if (file->parsed->skill == nullptr) continue;
      const Skill& from = *file->parsed->skill;
      absl::StrAppend(&hashes, "\n", from.revision, " ", file->path);
      skill->parts.push_back({from.path, from.title, from.description, from.format == "v1-flat" ? "jit" : from.format,
                              from.revision, from.size, from.sections, from.front_matter_text, from.body,
                              from.body_line});
      AddExamples(from, Slug(StemOf(from.path), kMaxSlugBytes / 2), &ids, skill);
      for (const Diagnostic& diagnostic : from.diagnostics) {
        if (skill->diagnostics.size() < kMaxSkillDiagnostics && diagnostic.code != "no-examples")
          skill->diagnostics.push_back(diagnostic);
      }
      if (!file->kept_because.empty()) skill->diagnostics.push_back(KeptLastGood(*file));
    }
    if (!skill->examples.empty()) {
      const auto none = std::find_if(skill->diagnostics.begin(), skill->diagnostics.end(),
                                     [](const Diagnostic& d) { return d.code == "no-examples"; });
      if (none != skill->diagnostics.end()) skill->diagnostics.erase(none);
    }
    skill->revision = Sha256Hex(hashes);
  }

  // Ids of a part's examples start with its name: an edit of the descriptor leaves them alone.
  static void AddExamples(const Skill& from, const std::string& stem, UniqueSlugs* ids, Skill* skill) {
    absl::flat_hash_map<std::string, std::string> renamed;
    for (const Example& example : from.examples) {
      const std::string id = ids->Take(stem.empty() ? example.id : Slug(absl::StrCat(stem, "-", example.id)));
      renamed[example.id] = id;
      Example copy = example;
      copy.id = id;
      for (std::string& before : copy.session) before = renamed[before];
      skill->examples.push_back(std::move(copy));
    }
  }

  void Collide(size_t first, const std::string& wanted, size_t second) {
    const auto warn = [&](size_t index, const Skill& other, const std::string& message) {
      Entry& entry = entries_[index];
      Diagnostic diagnostic{
          "id-collision",           Severity::kWarning, absl::StrCat(message, " ", other.root, "/", other.path),
          {entry.get().path, 0, 0}, entry.get().root,   ""};
      if (entry.collisions++ < kMaxCollisionNotes) entry.change().diagnostics.push_back(diagnostic);
      diagnostics_.push_back(std::move(diagnostic));
    };
    warn(second, entries_[first].get(),
         absl::StrCat("the id is `", entries_[second].get().id, "`, because `", wanted, "` is taken by"));
    warn(first, entries_[second].get(), absl::StrCat("the id `", wanted, "` is also wanted by"));
  }

  const std::vector<Root>& roots_;
  std::vector<Diagnostic> diagnostics_;
  std::map<std::pair<size_t, std::string>, const AssembledFile*> owners_;  // by root and directory
  std::map<const AssembledFile*, std::vector<const AssembledFile*>> parts_;
  std::map<const AssembledFile*, std::vector<const AssembledFile*>> attachments_;
  std::vector<const AssembledFile*> skill_files_;
  std::vector<Entry> entries_;
  std::vector<Document> documents_;
  absl::flat_hash_map<std::string, size_t> by_id_;
  UniqueSlugs ids_;
};

}  // namespace

ParsedFile ParseFile(const Root& root, const std::string& path, absl::string_view bytes) {
  ParsedDescriptor parsed = ParseDescriptor(bytes, ReplaceInvalidUtf8(path));
  ParsedFile file;
  file.diagnostics = std::move(parsed.diagnostics);
  for (Diagnostic& diagnostic : file.diagnostics) diagnostic.root = root.display_path;
  if (!parsed.skill.has_value()) return file;
  auto skill = std::make_shared<Skill>(*std::move(parsed.skill));
  skill->root = root.display_path;
  for (Diagnostic& diagnostic : skill->diagnostics) diagnostic.root = root.display_path;
  file.skill = std::move(skill);
  return file;
}

std::shared_ptr<const Snapshot> Assemble(const std::vector<Root>& roots, const std::vector<AssembledFile>& files,
                                         std::vector<Diagnostic> diagnostics) {
  return Assembler(roots, std::move(diagnostics)).Run(files);
}

}  // namespace skillrunner::catalog
