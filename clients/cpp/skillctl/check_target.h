// What lint and verify are asked to check, and the service that knows it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "itzamna/skillrunner/v1/catalog.pb.h"
#include "skillctl/commands.h"
#include "skillctl/interrupts.h"
#include "skillctl/private_service.h"

namespace skillrunner::skillctl {

namespace v1 = ::itzamna::skillrunner::v1;

// A directory of descriptors, or one descriptor, for which a service of our own is started; or skills and examples of
// a service that runs; or all of its skills. One at a time: Ctrl-C ends the process, and the own service before it.
class CheckTarget {
 public:
  // 0, or an exit code with its sentence said.
  int Find(const Globals& globals, const std::vector<std::string>& words);

  // With the address of the service to ask.
  const Globals& globals() const { return globals_; }
  // Names of skills, and for each the names of the examples that are meant; none: all.
  const std::map<std::string, std::vector<std::string>>& skills() const { return skills_; }
  // Of files that are no skills because they are broken.
  const std::vector<v1::DescriptorDiagnostic>& unloadable() const { return unloadable_; }

 private:
  int StartServiceFor(const std::string& directory);
  int AddNamed(const std::vector<std::string>& words);
  int AddAll(const std::string& what, const std::string& only_path);

  Globals globals_;
  PrivateService service_;
  std::map<std::string, std::vector<std::string>> skills_;
  std::vector<v1::DescriptorDiagnostic> unloadable_;
  // Goes first: what it does on Ctrl-C uses the service.
  std::unique_ptr<Interrupts> interrupts_;
};

}  // namespace skillrunner::skillctl
