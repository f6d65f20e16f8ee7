// For ThreadSanitizer builds only: tells it what Abseil's mutexes order. The distribution's Abseil is not instrumented
// and builds its mutexes from atomics and futexes, so every access guarded by one would be reported as a race. These
// definitions take precedence over the shared library's, for our code and for gRPC's alike, and call the originals.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdlib>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

// The distribution's gRPC, Abseil, Protobuf and upb are not instrumented: ThreadSanitizer sees neither the atomics they
// synchronise with nor what those order, only their calls of memcpy, free and the like. Reports with a frame inside
// them, or in the parts of gRPC's headers that hand over to them, say nothing. Handlers and everything else of ours run
// outside of gRPC's frames, so races in our code are still reported. Conditions are evaluated by whichever thread gives
// up the mutex, inside the library and so before the functions below have told of it. In here and not in a file:
// processes with an environment of their own need it, too.
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:libgrpc.so\n"
         "race:libgrpc++.so\n"
         "race:libgpr.so\n"
         "race:libupb.so\n"
         "race:libabsl_\n"
         "race:absl::*::synchronization_internal::\n"
         "race:absl::*::Condition::\n"
         "race:libprotobuf.so\n"
         "race:grpc::internal::CallOpSet\n"
         "race:grpc::internal::InterceptorBatchMethodsImpl\n"
         "called_from_lib:libgrpc.so\n"
         "called_from_lib:libgrpc++.so\n"
         "called_from_lib:libgpr.so\n";
}

namespace {

// The shared library's function of that name; member functions take `this` first.
template <class Function>
Function* Original(const char* symbol) {
  void* found = ::dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

}  // namespace

#define SKILLRUNNER_MUTEX(mangled) "_ZN4absl7debian35Mutex" mangled
#define SKILLRUNNER_CONDITION "RKNS0_9ConditionE"

namespace absl {

void Mutex::Lock() {
  static auto* const original = Original<void(Mutex*)>(SKILLRUNNER_MUTEX("4LockEv"));
  original(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  static auto* const original = Original<void(Mutex*)>(SKILLRUNNER_MUTEX("6UnlockEv"));
  __tsan_release(this);
  original(this);
}

bool Mutex::TryLock() {
  static auto* const original = Original<bool(Mutex*)>(SKILLRUNNER_MUTEX("7TryLockEv"));
  const bool locked = original(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::ReaderLock() {
  static auto* const original = Original<void(Mutex*)>(SKILLRUNNER_MUTEX("10ReaderLockEv"));
  original(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  static auto* const original = Original<void(Mutex*)>(SKILLRUNNER_MUTEX("12ReaderUnlockEv"));
  __tsan_release(this);
  original(this);
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>(SKILLRUNNER_MUTEX("8LockWhenE") SKILLRUNNER_CONDITION);
  original(this, condition);
  __tsan_acquire(this);
}

void Mutex::Await(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>(SKILLRUNNER_MUTEX("5AwaitE") SKILLRUNNER_CONDITION);
  __tsan_release(this);
  original(this, condition);
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Duration)>(
      SKILLRUNNER_MUTEX("16AwaitWithTimeoutE") SKILLRUNNER_CONDITION "NS0_8DurationE");
  __tsan_release(this);
  const bool met = original(this, condition, timeout);
  __tsan_acquire(this);
  return met;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Time)>(SKILLRUNNER_MUTEX("17AwaitWithDeadlineE")
                                                                                   SKILLRUNNER_CONDITION "NS0_4TimeE");
  __tsan_release(this);
  const bool met = original(this, condition, deadline);
  __tsan_acquire(this);
  return met;
}

void CondVar::Wait(Mutex* mutex) {
  static auto* const original = Original<void(CondVar*, Mutex*)>("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  original(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* const original =
      Original<bool(CondVar*, Mutex*, Time)>("_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = original(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

void Notification::Notify() {
  static auto* const original = Original<void(Notification*)>("_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(this);
  original(this);
}

void Notification::WaitForNotification() const {
  static auto* const original =
      Original<void(const Notification*)>("_ZNK4absl7debian312Notification19WaitForNotificationEv");
  original(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  static auto* const original = Original<bool(const Notification*, Time)>(
      "_ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE");
  const bool notified = original(this, deadline);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

}  // namespace absl
