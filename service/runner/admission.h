// Who may run now: a bounded number at once, the others in the order they came. Belongs to the reactor's thread.
#pragma once

#include <cstddef>
#include <list>

#include "async/event.h"

namespace skillrunner {

class Admission {
 public:
  explicit Admission(size_t max_running) : max_running_(max_running) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // A place in the queue, or among those that run; leaves either when it goes.
  class Ticket {
   public:
    // `changed` is set when it is admitted.
    Ticket(Admission& admission, Event& changed) : admission_(admission), changed_(changed) {
      if (admission_.running_ < admission_.max_running_) {
        ++admission_.running_;
        admitted_ = true;
      } else {
        place_ = admission_.waiting_.insert(admission_.waiting_.end(), this);
      }
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
      if (!admitted_) {
        admission_.waiting_.erase(place_);
        return;
      }
      --admission_.running_;
      admission_.AdmitNext();
    }
    bool admitted() const { return admitted_; }

   private:
    friend class Admission;
    Admission& admission_;
    Event& changed_;
    bool admitted_ = false;
    std::list<Ticket*>::iterator place_;
  };

  size_t running() const { return running_; }
  size_t waiting() const { return waiting_.size(); }

 private:
  void AdmitNext() {
    if (waiting_.empty() || running_ >= max_running_) return;
    Ticket* next = waiting_.front();
    waiting_.pop_front();
    ++running_;
    next->admitted_ = true;
    next->changed_.Set();
  }

  const size_t max_running_;
  size_t running_ = 0;
  std::list<Ticket*> waiting_;
};

}  // namespace skillrunner
