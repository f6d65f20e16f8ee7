#include "sandbox/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace skillrunner::sandbox {
namespace {

// As in <linux/landlock.h>, which may be older here than the kernel.
constexpr uint64_t kExecute = 1U << 0;
constexpr uint64_t kWriteFile = 1U << 1;
constexpr uint64_t kReadFile = 1U << 2;
constexpr uint64_t kReadDirectory = 1U << 3;
constexpr uint64_t kMakeCharacterDevice = 1U << 6;
constexpr uint64_t kMakeBlockDevice = 1U << 11;
constexpr uint64_t kRightsOfVersion1 = (1U << 13) - 1;
constexpr uint64_t kRefer = 1U << 13;          // version 2
constexpr uint64_t kTruncate = 1U << 14;       // version 3
constexpr uint64_t kDeviceControl = 1U << 15;  // version 5
constexpr uint64_t kRightsOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kDeviceControl;
constexpr uint64_t kBindAndConnectTcp = 3;               // version 4
constexpr uint64_t kScopeAbstractSocketsAndSignals = 3;  // version 6

struct RulesetAttributes {
  uint64_t handled_access_fs = 0;
  uint64_t handled_access_net = 0;
  uint64_t scoped = 0;
};

struct __attribute__((packed)) PathBeneath {
  uint64_t allowed_access = 0;
  int32_t parent_fd = -1;
};

constexpr uint32_t kVersionFlag = 1;
constexpr int kRulePathBeneath = 1;

uint64_t HandledRights(int version) {
  uint64_t rights = kRightsOfVersion1;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceControl;
  return rights;
}

uint64_t Rights(FileAccess access) {
  switch (access) {
    case FileAccess::kList:
      return kReadDirectory;
    case FileAccess::kRead:
      return kExecute | kReadFile | kReadDirectory;
    case FileAccess::kDevice:
      return kReadFile | kReadDirectory | kWriteFile | kTruncate | kDeviceControl;
    case FileAccess::kOwn:
      return ~(kMakeCharacterDevice | kMakeBlockDevice | kDeviceControl);
  }
  return 0;
}

StepResult AddRule(int ruleset, const FileRule& rule, uint64_t handled) {
  const UniqueFd path(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
  if (!path.valid() && errno == ENOENT) return std::nullopt;
  SKILLRUNNER_STEP(path.get(), absl::StrCat("open ", rule.path, " for landlock"));
  struct stat status {};
  SKILLRUNNER_STEP(::fstat(path.get(), &status), absl::StrCat("fstat of ", rule.path));
  PathBeneath attributes;
  attributes.allowed_access = Rights(rule.access) & handled;
  if (!S_ISDIR(status.st_mode)) attributes.allowed_access &= kRightsOfFiles;
  attributes.parent_fd = path.get();
  SKILLRUNNER_STEP(::syscall(SYS_landlock_add_rule, ruleset, kRulePathBeneath, &attributes, 0),
                   absl::StrCat("landlock_add_rule for ", rule.path));
  return std::nullopt;
}

}  // namespace

int LandlockVersion() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag);
  return version > 0 ? static_cast<int>(version) : 0;
}

StepResult RestrictByLandlock(const LandlockPolicy& policy) {
  RulesetAttributes attributes;
  attributes.handled_access_fs = HandledRights(policy.version);
  if (policy.deny_tcp && policy.version >= 4) attributes.handled_access_net = kBindAndConnectTcp;
  if (policy.version >= 6) attributes.scoped = kScopeAbstractSocketsAndSignals;
  // An older kernel refuses a longer structure than it knows unless the rest is zero; it is.
  const UniqueFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  SKILLRUNNER_STEP(ruleset.get(), "landlock_create_ruleset");
  for (const FileRule& rule : policy.files) {
    SKILLRUNNER_TRY_STEP(AddRule(ruleset.get(), rule, attributes.handled_access_fs));
  }
  SKILLRUNNER_STEP(::syscall(SYS_landlock_restrict_self, ruleset.get(), 0), "landlock_restrict_self");
  return std::nullopt;
}

}  // namespace skillrunner::sandbox
