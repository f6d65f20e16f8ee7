// Ctrl-C for commands that have something to clean up.
//
//   Interrupts interrupts;              // before any thread is started
//   ...
//   interrupts.Handle([&] { Cancel(); });
//
// From construction on SIGINT and SIGTERM are blocked, so in all threads started later too, and wait in a signalfd. The
// first one runs the function given to Handle, in a thread of its own, where it may block. The second ends the process
// at once with exit code 130. A signal that was ignored when skillctl started (nohup, `&` in a script) stays ignored.
#pragma once

#include <functional>
#include <mutex>
#include <thread>

#include "base/unique_fd.h"

namespace skillrunner::skillctl {

class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  // Waits for the function where it was started. The signals stay blocked.
  ~Interrupts();

  // Once. Whatever the function uses must outlive this object or be kept until Stop() has returned.
  void Handle(std::function<void()> on_first);
  // No function is started after this; waits for one that was. Idempotent.
  void Stop();

 private:
  void Watch();

  UniqueFd signals_;
  UniqueFd stop_;
  std::function<void()> on_first_;
  std::thread watcher_;
  std::mutex mutex_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread handler_;    // set by the watcher under mutex_, and no longer once stopping_
};

}  // namespace skillrunner::skillctl
