// Starts the zygotes and the server, watches them and starts them again; the only process that may hold privileges.
//
// One thread, one poll loop, no gRPC. Messages with the server are JSON texts over a SOCK_SEQPACKET pair:
//   to the server    {"type":"zygote","profile":NAME} (config/profiles.h) with one descriptor, the other end of that
//   zygote's socket;
//                    after each start of a zygote
//   from the server  {"type":"serving","port":N}; {"type":"fatal","message":"..."}, after which it exits;
//                    {"type":"learnt","profiles":[TEXT,...]}: all that are to have a zygote beside the configured ones
//                    {"type":"hung","profile":NAME}: its zygote answers no more, and is killed
// The server gets SIGTERM to shut down. A zygote ends by itself when its socket reaches the end of file, which it does
// when the server is gone: the supervisor keeps no copy of the server's end.
//
// What happens when
//   a zygote dies                  sweep, start another, send it to the server
//   the server dies, having served   wait for the zygotes to end, sweep, start all again on the same port
//   it dies before it ever served  end with its exit code
//   SIGTERM, SIGINT                SIGTERM to the server, wait --shutdown-grace and 5 s, zygotes, sweep, exit 0
//   a second one, or no answer     SIGKILL to all, exit 1
//   the supervisor is killed       the kernel kills its children (PR_SET_PDEATHSIG)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "config/profiles.h"
#include "supervisor/backoff.h"
#include "supervisor/checks.h"

namespace skillrunner {

// What a zygote gets beyond its socket (3): `fds[i]` becomes descriptor kFirstZygoteFd + i, and `args` can name them.
inline constexpr int kFirstZygoteFd = 4;
struct ZygoteLaunch {
  std::vector<std::string> args;
  std::vector<UniqueFd> fds;
};

// The ids of --sandbox-uids that belong to one zygote's sandboxes, counted from 0.
struct IdShare {
  uid_t first = 0;
  uid_t count = 0;
};

// The seam for what needs privileges on behalf of sandboxes, such as cgroups. Either may be empty.
struct SupervisorHooks {
  // Before each start of a zygote. An error is logged and the start tried again later (at the first start: final).
  std::function<absl::StatusOr<ZygoteLaunch>()> prepare_zygote;
  // Maps a zygote's share of the ids into the user namespace that the zygote has just entered and says what it is told:
  // "mapped", or why not. Where it is not empty, a zygote gets the flag --id-mapper-fd and asks over that socket, once.
  std::function<std::string(pid_t zygote, IdShare share)> map_ids;
  // Removes what a dead zygote and its sandboxes, which may still be on their way out, have left behind. Pid 0: what
  // all have left, at the start and at the end, when no zygote is alive.
  std::function<void(pid_t)> sweep;
};

class Supervisor {
 public:
  Supervisor(Prepared prepared, SupervisorHooks hooks);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Runs the service to its end and returns the exit code. Call once, from the only thread. Blocks the signals it
  // handles and makes this process the reaper of its orphaned descendants.
  int Run();

 private:
  enum class Phase {
    kRunning,     // the server is up, or on its way up
    kRestarting,  // the server died: zygotes end, then all is started again
    kStopping,    // the server, then the zygotes end, then Run returns
  };

  struct Zygote {
    std::string profile;            // empty: none now, which only those for learnt ones are
    bool learnt = false;            // for what the server asks for
    int executable = -1;            // borrowed from prepared_
    std::vector<std::string> args;  // beyond those of every zygote
    pid_t pid = 0;                  // 0: not running
    int64_t started = 0;            // monotonic nanoseconds, as all times here
    int64_t start_at = 0;
    int64_t kill_at = 0;  // while it lives and is no longer wanted
    Backoff backoff;
    UniqueFd server_end;  // until it is sent
    UniqueFd id_mapper;   // until it has asked
    IdShare ids;
  };

  void MakeZygotes();
  static void Assign(const PythonProfile& profile, Zygote& zygote);
  absl::Status SetUpSignals();
  absl::Status StartAll();
  absl::Status StartServer();
  absl::Status StartZygote(Zygote& zygote);
  void SendZygote(Zygote& zygote);

  void Wait();
  void ReadSignals();
  void ReadControl();
  void AnswerZygotes();
  void OnControlMessage(absl::string_view text);
  void OnServing(int port);
  void OnLearnt(const std::vector<std::string>& profiles);
  void ReapChildren();
  void OnServerExit(int status);
  void OnZygoteExit(Zygote& zygote, int status);

  // Takes every step that is due: starts, kills of those that do not end, the end itself (sets `done_`).
  void Advance();
  void AdvanceZygoteStarts(int64_t now);
  void OnHung(const std::string& profile);
  // Gives what is learnt to zygotes that are free for it.
  void AssignLearnt();
  bool IsLearnt(const std::string& profile) const;
  // Whether `time` has come; where not, the loop wakes up for it.
  bool IsDue(int64_t time, int64_t now);
  // True once the server, the zygotes and their orphans are gone; kills what takes too long.
  bool AllGone(int64_t now);
  void BeginStop(int exit_code);
  void LetZygotesEnd();
  void KillAll();
  bool AnyZygote() const;
  void Sweep(pid_t zygote);

  Prepared prepared_;
  const SupervisorHooks hooks_;
  std::vector<Zygote> zygotes_;
  std::vector<PythonProfile> learnt_;  // as the server said last
  UniqueFd signals_;
  UniqueFd control_;  // our end; not valid while there is no server
  pid_t server_ = 0;  // 0: not running
  int64_t server_started_ = 0;
  Backoff server_backoff_;
  bool ever_served_ = false;
  bool fatal_reported_ = false;       // the server has said itself why it ends
  bool had_children_before_ = false;  // of whoever exec'd us: their end is not ours to wait for

  Phase phase_ = Phase::kRunning;
  int64_t start_all_at_ = 0;
  int64_t server_kill_at_ = 0;
  int64_t zygotes_kill_at_ = 0;
  int64_t orphans_until_ = 0;
  int64_t wake_at_ = 0;  // when Advance has something to do next
  int exit_code_ = 0;
  bool done_ = false;
};

}  // namespace skillrunner
