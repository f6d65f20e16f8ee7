#include "bare_server.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "spawn.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;
using google::protobuf::util::ParseDelimitedFromZeroCopyStream;
using google::protobuf::util::SerializeDelimitedToOstream;
using BareService =
    v1::RunService::WithAsyncMethod_GetRun<v1::RunService::WithAsyncMethod_WatchRun<v1::RunService::Service>>;

// Shared by all calls; outlives them.
struct Shared {
  BareService service;
  v1::GetRunResponse get_run;
  std::vector<v1::WatchRunResponse> watch_run;
};

// A call is its own tag and owns itself; it has one operation outstanding at any time.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Proceed(bool ok) = 0;
};

class GetRunCall final : public Call {
 public:
  GetRunCall(Shared& shared, grpc::ServerCompletionQueue& queue) : shared_(shared), queue_(queue) {
    shared_.service.RequestGetRun(&context_, &request_, &responder_, &queue_, &queue_, this);
  }
  void Proceed(bool ok) override {
    if (accepted_ || !ok) {
      delete this;
      return;
    }
    accepted_ = true;
    new GetRunCall(shared_, queue_);
    responder_.Finish(shared_.get_run, grpc::Status::OK, this);
  }

 private:
  Shared& shared_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  v1::GetRunRequest request_;
  grpc::ServerAsyncResponseWriter<v1::GetRunResponse> responder_{&context_};
  bool accepted_ = false;
};

class WatchRunCall final : public Call {
 public:
  WatchRunCall(Shared& shared, grpc::ServerCompletionQueue& queue) : shared_(shared), queue_(queue) {
    shared_.service.RequestWatchRun(&context_, &request_, &writer_, &queue_, &queue_, this);
  }
  void Proceed(bool ok) override {
    if (finishing_ || (!accepted_ && !ok)) {
      delete this;
      return;
    }
    if (!accepted_) {
      accepted_ = true;
      new WatchRunCall(shared_, queue_);
    }
    if (ok && next_ < shared_.watch_run.size()) {
      writer_.Write(shared_.watch_run[next_++], this);
    } else {
      finishing_ = true;
      writer_.Finish(grpc::Status::OK, this);
    }
  }

 private:
  Shared& shared_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  v1::WatchRunRequest request_;
  grpc::ServerAsyncWriter<v1::WatchRunResponse> writer_{&context_};
  size_t next_ = 0;
  bool accepted_ = false;
  bool finishing_ = false;
};

void Serve(grpc::ServerCompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<Call*>(tag)->Proceed(ok);
}

}  // namespace

int BareServerMain() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Shared shared;
  google::protobuf::io::FileInputStream input(STDIN_FILENO);
  if (!ParseDelimitedFromZeroCopyStream(&shared.get_run, &input, nullptr)) return 1;
  for (v1::WatchRunResponse message; ParseDelimitedFromZeroCopyStream(&message, &input, nullptr); message.Clear()) {
    shared.watch_run.push_back(message);
  }
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&shared.service);
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    queues.push_back(builder.AddCompletionQueue());
  }
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  for (const auto& queue : queues) {
    new GetRunCall(shared, *queue);
    new WatchRunCall(shared, *queue);
  }
  std::vector<std::thread> threads;
  threads.reserve(queues.size());
  for (const auto& queue : queues) threads.emplace_back(Serve, std::ref(*queue));
  std::printf("%d\n", port);
  std::fflush(stdout);
  for (std::thread& thread : threads) thread.join();
  return 1;
}

absl::StatusOr<std::unique_ptr<BareServer>> BareServer::Start(const v1::GetRunResponse& get_run,
                                                              const std::vector<v1::WatchRunResponse>& watch_run) {
  std::ostringstream messages;
  SerializeDelimitedToOstream(get_run, &messages);
  for (const v1::WatchRunResponse& message : watch_run) SerializeDelimitedToOstream(message, &messages);
  ASSIGN_OR_RETURN(const UniqueFd input, MakeMemfd("messages", messages.str()));
  // Sealing leaves the offset wherever writing ended.
  if (::lseek(input.get(), 0, SEEK_SET) != 0) return ErrnoStatus(errno, "messages of the bare server");
  ASSIGN_OR_RETURN(const Child child, Spawn({"/proc/self/exe", "--bare-server"}, input.get()));
  std::string line;
  char byte = 0;
  while (::read(child.output.get(), &byte, 1) == 1 && byte != '\n') line += byte;
  int port = 0;
  if (!absl::SimpleAtoi(line, &port)) {
    ::kill(child.pid, SIGKILL);
    return absl::InternalError(absl::StrCat("the bare gRPC server did not start, exit code ", Wait(child.pid)));
  }
  return std::unique_ptr<BareServer>(new BareServer(child.pid, port));
}

BareServer::~BareServer() {
  ::kill(pid_, SIGKILL);
  Wait(pid_);
}

std::shared_ptr<grpc::Channel> BareServer::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace skillrunner::bench
