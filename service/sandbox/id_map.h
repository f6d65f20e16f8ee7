// User and group ids of sandboxes.
//
// A service that was started as root owns a range of ids on the host: `--sandbox-uid` for the zygotes and the ids that
// follow it for sandboxes, one each. What the kernel counts per user (descriptors in flight, epoll watches, pipe pages)
// is then counted per sandbox. The zygote holds no privilege on the host: the supervisor, once, maps the range into the
// zygote's user namespace; inside it the zygote may hand ids on. Started unprivileged there is one id for all.
#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>

#include "sandbox/step.h"

namespace skillrunner::sandbox {

// Ids as the zygote's namespace names them: its own, and the first of those it hands out.
inline constexpr uid_t kZygoteId = 1000;
inline constexpr uid_t kFirstHandedOutId = 2000;

// In the supervisor: maps `own` of the host to kZygoteId, and the `count` ids from `first` to kFirstHandedOutId and so
// on, in the new user namespace of `pid`. Needs CAP_SETUID, CAP_SETGID and CAP_SYS_ADMIN.
StepResult MapIdRange(pid_t pid, uid_t own, uid_t first, uid_t count);

// In the zygote: maps its id `outside` to the program's ids in the new user namespace of its child `pid`.
StepResult MapIdsOf(pid_t pid, uid_t outside);

// The ids that sandboxes may get. Single-threaded. An id comes back to the end of the queue, so that it rests longest
// before somebody else gets it: what its last owner left in flight is gone by then.
class IdPool {
 public:
  explicit IdPool(uid_t count);

  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { Return(); }
    uid_t id() const { return id_; }

   private:
    friend class IdPool;
    void Return();
    std::shared_ptr<std::deque<uid_t>> free_;  // null: there is no id to return
    uid_t id_ = kZygoteId;
  };

  // Fails when all are in use.
  StepResult Take(Lease* lease);

 private:
  std::shared_ptr<std::deque<uid_t>> free_;
};

}  // namespace skillrunner::sandbox
