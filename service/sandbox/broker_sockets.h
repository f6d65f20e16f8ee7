// Sockets of a program that has no network namespace: made, bound, connected and made to listen in its place, to
// nothing but what it listens to itself.
//
// TCP sockets are tied to an address of the sandbox's own (loopback_share.h) before the program gets them; all of
// 127.0.0.0/8 and 0.0.0.0 mean that address in its calls. Unix sockets are files of its own directories, or names that
// begin with what is the sandbox's own. Accepting, and whatever else needs no address, are the program's own calls.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "sandbox/broker_files.h"
#include "sandbox/landlock.h"
#include "sandbox/loopback_share.h"
#include "sandbox/seccomp_listener.h"

namespace skillrunner::sandbox {

// What it does with a socket that it shares with the program can wait for the program: signals must interrupt it.
class BrokerSockets {
 public:
  // `own_files`: what the program may do in its own directories.
  BrokerSockets(const SeccompListener& listener, const BrokerFiles& files, LandlockPolicy own_files);

  void Socket(const HeldCall& call);
  void Bind(const HeldCall& call);
  void Listen(const HeldCall& call);
  void Connect(const HeldCall& call);

  // Connections that are not made yet: to be looked at every now and then while there are some.
  bool waiting() const { return !waiting_.empty(); }
  void LookAtWaiting();

  // Connections to elsewhere that were asked for.
  int64_t unreachable() const { return unreachable_; }

 private:
  struct Connection {
    HeldCall call;
    ino_t inode = 0;
    UniqueFd file;         // that `target` names
    std::string target;    // a sockaddr
    bool blocking = true;  // the program's descriptor
    bool answered = false;
  };

  // All that give an int: an errno; 0: done.
  int Find(const HeldCall& call, ino_t* inode) const;
  int ReadAddress(const HeldCall& call, std::string* address) const;
  int BindTo(const HeldCall& call, int socket, const std::string& address);
  int BindTcp(int socket, const std::string& address);
  int BindUnix(const HeldCall& call, int socket, const std::string& address);
  int NameWithoutFile(const std::string& address, std::string* own);
  int PrepareToListen(int socket);
  int FindTarget(const HeldCall& call, const std::string& address, Connection* connection);
  int AddressTcp(int socket, const std::string& address, std::string* target);
  int AddressUnix(const HeldCall& call, const std::string& address, UniqueFd* file, std::string* target);
  void Advance(Connection connection);
  bool IsWaiting(ino_t inode) const;
  void LetGoOfClosed();

  const SeccompListener& listener_;
  const BrokerFiles& files_;
  const LandlockPolicy own_files_;
  LoopbackShare loopback_;
  uint64_t names_made_up_ = 0;
  int64_t unreachable_ = 0;
  // What neither listens nor is connected, by inode. Let go of then: what this process holds as well would not end
  // where the program ends it.
  std::map<ino_t, UniqueFd> held_;
  size_t most_held_;
  std::vector<Connection> waiting_;
  std::set<ino_t> listening_;  // by inode; the program may have closed some
};

}  // namespace skillrunner::sandbox
