// What every call answers, good and bad.
#include <gmock/gmock.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::HasSubstr;

template <class Detail>
Detail DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  Detail detail;
  if (!details.ParseFromString(status.error_details())) return detail;
  for (const auto& any : details.details()) {
    if (any.Is<Detail>()) any.UnpackTo(&detail);
  }
  return detail;
}

class Api : public ServiceCase {
 protected:
  void SetUp() override { StartService(); }
};

TEST_P(Api, UnknownExampleIsNotFoundWithNearNames) {
  v1::RunExampleRequest request;
  request.set_example("skills/python-async-io/examples/exemplo-sequencia");
  const RunRecord record = RunExample(runs(), request);
  EXPECT_EQ(record.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(record.status.error_message(), HasSubstr("skills/python-async-io/examples/exemplo-sequencial"));
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(record.status).resource_type(), "example");
}

TEST_P(Api, BadFieldsAreAllNamed) {
  v1::RunSourceRequest request = PythonSource("pass");
  request.mutable_limits()->set_memory_bytes(-1);
  request.add_files()->set_path("../escape");
  request.add_files()->set_path("/absolute");
  request.mutable_files()->Add()->set_path(std::string("a\0b", 3));
  (*request.mutable_env())["A=B"] = "x";
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  std::set<std::string> fields;
  const auto details = DetailOf<google::rpc::BadRequest>(record.status);
  for (const auto& violation : details.field_violations()) fields.insert(violation.field());
  EXPECT_THAT(fields, ::testing::IsSupersetOf(
                          {"limits.memory_bytes", "files[0].path", "files[1].path", "files[2].path", "env"}));
  EXPECT_TRUE(record.events.empty());
}

TEST_P(Api, RequestMayHaveAllThatItsFieldsMay) {
  std::string source = "import sys\nprint(len(sys.stdin.read()), len(open('file').read()))\n#";
  source.resize(1 << 20, '#');
  v1::RunSourceRequest request = PythonSource(source);
  request.set_stdin(std::string(1 << 20, 'i'));
  v1::InputFile* file = request.add_files();
  file->set_path("file");
  file->set_content(std::string(2 << 20, 'f'));
  const RunRecord record = RunSource(runs(), request);
  ASSERT_TRUE(record.status.ok()) << record.status.error_message();
  EXPECT_EQ(record.Stdout(), "1048576 2097152\n");
}

TEST_P(Api, ListsThatAreTooLongAreOneViolationEach) {
  v1::RunSourceRequest request = PythonSource("pass");
  for (int i = 0; i < 20000; ++i) {
    request.add_files()->set_path("../escape");
    request.add_args(std::string(1, '\0'));
    (*request.mutable_env())[absl::StrCat("=", i)] = "x";
    (*request.mutable_labels())[absl::StrCat(std::string(100, 'x'), i)] = "x";
  }
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  std::vector<std::string> fields;
  const auto details = DetailOf<google::rpc::BadRequest>(record.status);
  for (const auto& violation : details.field_violations()) fields.push_back(violation.field());
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("files", "args", "env", "labels"));
  EXPECT_THAT(record.status.error_message(), HasSubstr("files: must be at most 256, not 20000"));
}

TEST_P(Api, MissingRuntimeAndUnenforceablePoliciesAreRefused) {
  EXPECT_EQ(RunSource(runs(),
                      [] {
                        v1::RunSourceRequest request = PythonSource("pass");
                        request.set_runtime("cobol");
                        return request;
                      }())
                .status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  v1::RunSourceRequest network = PythonSource("pass");
  network.mutable_network()->set_mode(v1::NetworkPolicy::MODE_ALLOW);
  EXPECT_EQ(RunSource(runs(), network).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  v1::RunSourceRequest timeline = PythonSource("pass");
  timeline.set_timeline(true);
  EXPECT_EQ(RunSource(runs(), timeline).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_P(Api, MinIsolationRefusesRatherThanDegrades) {
  grpc::ClientContext context;
  v1::GetCapabilitiesResponse capabilities;
  ASSERT_TRUE(system().GetCapabilities(&context, v1::GetCapabilitiesRequest(), &capabilities).ok());
  ASSERT_GE(capabilities.isolation(), v1::ISOLATION_LEVEL_NAMESPACED);
  v1::RunSourceRequest request = PythonSource("print(1)");
  request.set_min_isolation(v1::ISOLATION_LEVEL_FULL);
  const RunRecord record = RunSource(runs(), request);
  if (capabilities.isolation() == v1::ISOLATION_LEVEL_FULL) {
    EXPECT_EQ(record.Problem(), "");
  } else {
    EXPECT_EQ(record.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  }
}

TEST_P(Api, ArgumentsEnvironmentInputAndFilesReachTheProgram) {
  v1::RunSourceRequest request = PythonSource(
      "import os, sys\n"
      "print(sys.argv, os.environ['COLOUR'], sys.stdin.read(), open('data/in.txt').read(), os.access('tool', os.X_OK), "
      "__file__)\n");
  request.add_args("one");
  request.add_args("two words");
  (*request.mutable_env())["COLOUR"] = "grün";
  request.set_stdin("input");
  v1::InputFile* file = request.add_files();
  file->set_path("data/in.txt");
  file->set_content("content");
  v1::InputFile* tool = request.add_files();
  tool->set_path("tool");
  tool->set_executable(true);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "['main.py', 'one', 'two words'] grün input content True /work/main.py\n")
      << record.Stderr();
}

TEST_P(Api, SameRequestIdJoinsTheRunAndAnotherBodyIsRefused) {
  v1::RunSourceRequest request = PythonSource("import time\nprint('once')\ntime.sleep(0.2)\n");
  request.set_request_id("the-one");
  const RunRecord first = RunSource(runs(), request);
  const RunRecord second = RunSource(runs(), request);
  EXPECT_EQ(first.Problem(), "");
  EXPECT_EQ(second.Problem(), "");
  EXPECT_EQ(first.name(), second.name());
  request.set_source("print('other')");
  const RunRecord third = RunSource(runs(), request);
  EXPECT_EQ(third.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(third.status).resource_name(), first.name());
}

TEST_P(Api, WatchReplaysFromAnySequenceAndBeyondTheEndIsOutOfRange) {
  const RunRecord run =
      RunSource(runs(), PythonSource("import time\nfor i in range(5):\n  print(i)\n  time.sleep(0.02)\n"));
  ASSERT_EQ(run.Problem(), "");
  for (int64_t after = 0; after < run.events.back().sequence(); ++after) {
    const RunRecord replay = WatchRun(runs(), run.name(), after);
    EXPECT_EQ(replay.Problem(after + 1), "");
    EXPECT_EQ(static_cast<int64_t>(replay.events.size()), run.events.back().sequence() - after);
  }
  EXPECT_EQ(WatchRun(runs(), run.name(), run.events.back().sequence() + 1).status.error_code(),
            grpc::StatusCode::OUT_OF_RANGE);
  std::string running;
  (void)RunSource(runs(), BashSource("echo; sleep 60"), [&](const v1::RunEvent& event, grpc::ClientContext& context) {
    if (event.has_accepted()) running = event.accepted().run().name();
    if (!event.has_output()) return;
    EXPECT_EQ(WatchRun(runs(), running, 1000).status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
    context.TryCancel();
  });
  EXPECT_EQ(WatchRun(runs(), "runs/none").status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(WatchRun(runs(), "nonsense").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_P(Api, RunsAreListedNewestFirstInPages) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(RunSource(runs(), BashSource("echo " + std::to_string(i))).name());
  std::vector<std::string> listed;
  v1::ListRunsRequest request;
  request.set_page_size(2);
  do {
    grpc::ClientContext context;
    v1::ListRunsResponse response;
    ASSERT_TRUE(runs().ListRuns(&context, request, &response).ok());
    EXPECT_LE(response.runs_size(), 2);
    for (const v1::Run& run : response.runs()) {
      listed.push_back(run.name());
      EXPECT_EQ(run.state(), v1::Run::STATE_SUCCEEDED);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  std::reverse(names.begin(), names.end());
  EXPECT_EQ(listed, names);
}

TEST_P(Api, PathsOfAnyLengthAreRefusedInTheirOwnMemory) {
  v1::RunSourceRequest request = PythonSource("print(1)");
  std::string path;
  for (int i = 0; i < 500'000; ++i) path += "a/";
  request.add_files()->set_path(path + "a");
  request.set_validate_only(true);
  EXPECT_EQ(RunSource(runs(), request).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_P(Api, SlowReadersDoNotKeepForgottenRunsInMemory) {
  service_.reset();
  StartService({.flags = {"--retained-runs=1", "--default-output=64MiB", "--max-running=1"}});
  struct Reader {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::RunSourceResponse>> stream;
  };
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 6; ++i) {  // 360 MB, of which 256 MiB are kept
    readers.push_back(std::make_unique<Reader>());
    readers.back()->stream = runs().RunSource(&readers.back()->context, BashSource("head -c 60000000 /dev/zero"));
    v1::RunSourceResponse response;
    ASSERT_TRUE(readers.back()->stream->Read(&response));
  }
  // After all of them, one at a time.
  EXPECT_EQ(RunSource(runs(), BashSource("true")).Problem(), "");
  EXPECT_EQ(RunSource(runs(), BashSource("true")).Problem(), "");
  int whole = 0;
  int dropped = 0;
  for (const auto& reader : readers) {
    v1::RunSourceResponse response;
    bool finished = false;
    while (reader->stream->Read(&response)) finished = finished || response.event().has_finished();
    const grpc::StatusCode code = reader->stream->Finish().error_code();
    EXPECT_EQ(code, finished ? grpc::StatusCode::OK : grpc::StatusCode::OUT_OF_RANGE);
    ++(finished ? whole : dropped);
  }
  EXPECT_GT(whole, 0);
  EXPECT_GT(dropped, 0);
}

TEST_P(Api, ValidateOnlyStartsNothing) {
  v1::RunSourceRequest request = PythonSource("print(1)");
  request.set_validate_only(true);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_TRUE(record.status.ok());
  EXPECT_TRUE(record.events.empty());
  grpc::ClientContext context;
  v1::ListRunsResponse response;
  ASSERT_TRUE(runs().ListRuns(&context, v1::ListRunsRequest(), &response).ok());
  EXPECT_EQ(response.runs_size(), 0);
}

TEST_P(Api, OutputIsExactWhateverItsBytes) {
  const RunRecord record = RunSource(runs(), PythonSource("import sys, time\n"
                                                          "out = sys.stdout.buffer\n"
                                                          "for byte in 'aé€😀'.encode():\n"
                                                          "  out.write(bytes([byte])); out.flush(); time.sleep(0.01)\n"
                                                          "out.write(b'\\xff\\x00\\xc3(' + b'x' * 200000)\n"));
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "aé€😀" + std::string("\xff\x00\xc3(", 4) + std::string(200000, 'x'));
  // The text came as text, however its characters were cut; what is no text came as data.
  for (const v1::RunEvent& event : record.events) {
    if (event.has_output() && event.output().offset() < 10) {
      EXPECT_TRUE(event.output().has_text());
    }
  }
}

TEST_P(Api, LastBytesBeforeTheExitArrive) {
  for (int i = 0; i < 30; ++i) {
    const RunRecord record = RunSource(runs(), BashSource("printf last; exit 7"));
    ASSERT_EQ(record.Problem(), "");
    ASSERT_EQ(record.Stdout(), "last");
    ASSERT_EQ(record.finished().exit_code(), 7);
  }
}

TEST_P(Api, StdoutComesBeforeTheStderrThatFollowsIt) {
  const RunRecord record = RunSource(runs(), PythonSource("print('before')\nraise ValueError('after')\n"));
  ASSERT_EQ(record.Problem(), "");
  std::vector<v1::OutputChunk::Stream> order;
  for (const v1::RunEvent& event : record.events) {
    if (event.has_output()) order.push_back(event.output().stream());
  }
  ASSERT_FALSE(order.empty());
  EXPECT_EQ(order.front(), v1::OutputChunk::STREAM_STDOUT);
  EXPECT_EQ(record.finished().exit_code(), 1);
}

TEST_P(Api, WhatIsNotThereYetSaysSo) {
  grpc::ClientContext context;
  v1::WriteRunInputResponse response;
  const grpc::Status status = runs().WriteRunInput(&context, v1::WriteRunInputRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_FALSE(status.error_message().empty());
}

FOR_EVERY_IDENTITY(Api);

}  // namespace
}  // namespace skillrunner::testing
