// The part of a run's life that only compiled languages have. It comes before the program's, in a sandbox of its own,
// and counts against the same wall time.
#include <errno.h>
#include <sys/wait.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"
#include "journal/output_chunker.h"
#include "runner/compiler_messages.h"
#include "runner/execution.h"
#include "runner/pipe_collector.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

// The job that takes it to its sandbox holds the program's other files, too.
constexpr size_t kMostMade = 12 << 20;
constexpr size_t kMostSaid = 256 << 10;

// One sentence about the first error there is.
std::string Problem(const std::vector<CompilerMessage>& messages, absl::string_view err) {
  const auto first = std::find_if(messages.begin(), messages.end(), [](const CompilerMessage& m) { return m.error; });
  if (first != messages.end())
    return first->line > 0 ? absl::StrCat("line ", first->line, ": ", first->text) : first->text;
  for (const absl::string_view line : absl::StrSplit(err, '\n')) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (!text.empty() && text[0] != '#') return ReplaceInvalidUtf8(text.substr(0, 200));
  }
  return "the compiler does not say why";
}

}  // namespace

Task<void> Execution::Compile() {
  const CompileStep& step = *run_.plan().compile;
  if (!step.key.empty()) made_ = compiles_.cache.Find(step.key);
  if (made_ != nullptr) co_return;
  compile_ticket_.emplace(compiles_.admission, changed_);
  while (!compile_ticket_->admitted() && !stopped()) co_await Change();
  const sandbox::SandboxLimits own = std::exchange(facts_.limits.sandbox, step.limits);
  if (!stopped()) co_await FindSandbox();
  if (!stopped() && sandbox_ != nullptr && sandbox_->ready()) co_await RunCompiler();
  if (sandbox_ != nullptr) co_await EndSandbox();
  if (made_ == nullptr) co_return;  // Live() starts nothing then
  facts_.limits.sandbox = own;
  facts_.exited.reset();
  facts_.counters = {};
  sandbox_.reset();
}

Task<void> Execution::RunCompiler() {
  PipeCollector output(reactor_, sandbox_->stdout_fd(), sandbox_->stderr_fd(), kMostMade, kMostSaid, changed_);
  facts_.failed_step = output.failed_step();
  if (!ends()) {
    StartClock();
    const auto failed = sandbox_->SendJob(run_.plan().compile->program, "");
    if (failed && !sandbox_->over()) facts_.failed_step = failed;
    if (!failed) co_await AwaitEnd();
  }
  co_await EndSandbox();
  co_await output.Join();  // its tasks are done, whatever came before
  if (output.too_much()) facts_.failed_step = {.call = "size of the compiled program", .error = EFBIG};
  if (ends() || !facts_.exited) co_return;
  if (facts_.exited->wait_status == 0) {
    TakeCompiled(output.TakeOut(), output.TakeErr());
  } else if (facts_.counters.oom_kills <= 0) {  // else the memory limit is what there is to tell
    FailToCompile(output.TakeErr());
  }
}

void Execution::TakeCompiled(std::string made, std::string err) {
  made_ = std::make_shared<const std::string>(std::move(made));
  const std::string& key = run_.plan().compile->key;
  // What it warned of is told once for each run: with its result it would have to be kept, too.
  if (!key.empty() && err.empty()) compiles_.cache.Keep(key, made_);
  ReportMessages(err);
}

void Execution::FailToCompile(std::string err) {
  ReportMessages(err);
  facts_.compile_problem = Problem(ReadCompilerMessages(run_.plan().compile->file, err), err);
  facts_.stderr_bytes = static_cast<int64_t>(err.size());
  OutputChunker chunker(v1::OutputChunk::STREAM_STDERR);
  for (auto& chunk : chunker.Add(err)) run_.Output(std::move(chunk));
  for (auto& chunk : chunker.End()) run_.Output(std::move(chunk));
}

void Execution::ReportMessages(absl::string_view err) {
  for (CompilerMessage& message : ReadCompilerMessages(run_.plan().compile->file, err)) {
    v1::RunDiagnostic diagnostic;
    diagnostic.set_code(message.error ? "compile-error" : "compile-warning");
    diagnostic.set_message(std::move(message.text));
    diagnostic.set_line(message.line);
    diagnostic.set_column(message.column);
    if (message.line > 0 && run_.plan().descriptor_line > 0)
      diagnostic.set_descriptor_line(run_.plan().descriptor_line + message.line - 1);
    run_.Diagnostic(std::move(diagnostic));
  }
}

}  // namespace skillrunner
