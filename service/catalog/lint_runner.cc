// Our own rules: what keeps examples from running, or from running well.
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catalog/lint_profiles.h"
#include "catalog/python_lexer.h"
#include "catalog/python_names.h"

namespace skillrunner::catalog {
namespace {

// Calls that stop the event loop, by dotted name.
bool IsBlocking(absl::string_view name) {
  for (const char* known : {"time.sleep",
                            "requests.get",
                            "requests.post",
                            "requests.put",
                            "requests.patch",
                            "requests.delete",
                            "requests.head",
                            "requests.request",
                            "urllib.request.urlopen",
                            "urlopen",
                            "subprocess.run",
                            "subprocess.call",
                            "subprocess.check_call",
                            "subprocess.check_output",
                            "os.system",
                            "socket.create_connection",
                            "httpx.get",
                            "httpx.post",
                            "sqlite3.connect",
                            "input"}) {
    if (name == known) return true;
  }
  return false;
}

bool Is(const PythonToken& token, absl::string_view text) {
  return token.kind != PythonToken::Kind::kString && token.text == text;
}

// The dotted name that ends at token i: `a.b.c`. Empty where it has more parts than any we know.
std::string DottedName(const std::vector<PythonToken>& tokens, size_t i) {
  constexpr int kMostParts = 4;
  std::string name = tokens[i].text;
  for (int parts = 1; i >= 2 && Is(tokens[i - 1], ".") && tokens[i - 2].kind == PythonToken::Kind::kName; ++parts) {
    if (parts == kMostParts) return "";
    i -= 2;
    name = absl::StrCat(tokens[i].text, ".", name);
  }
  if (i >= 1 && Is(tokens[i - 1], ".")) return "";  // of something that is no name
  return name;
}

class AsyncRules {
 public:
  AsyncRules(const Example& example, Findings* findings) : example_(example), findings_(findings) {}

  void Check(const PythonSource& source) {
    FindCoroutines(source);
    for (const PythonLine& line : source.lines) {
      Track(line);
      if (!functions_.empty() && functions_.back().second) Blocking(line);
      NeverAwaited(line);
    }
  }

 private:
  static size_t DefOf(const PythonLine& line) {
    const size_t def = Is(line.tokens[0], "async") ? 1 : 0;
    return def < line.tokens.size() && Is(line.tokens[def], "def") && def + 1 < line.tokens.size() ? def + 1 : 0;
  }

  // Functions of the module that are coroutine functions, unless another function has the same name.
  void FindCoroutines(const PythonSource& source) {
    std::set<std::string> plain;
    for (const PythonLine& line : source.lines) {
      const size_t name = DefOf(line);
      if (name == 0) continue;
      const bool async = Is(line.tokens[0], "async");
      // An async generator is iterated, not awaited: its body is not looked at here, its name is enough.
      (async && line.indent == 0 ? coroutines_ : plain).insert(line.tokens[name].text);
    }
    for (const PythonLine& line : source.lines) {
      Track(line);
      for (const PythonToken& token : line.tokens) {
        if (Is(token, "yield") && !functions_.empty()) plain.insert(names_.back());
      }
    }
    functions_.clear();
    names_.clear();
    for (const std::string& name : plain) coroutines_.erase(name);
  }

  void Track(const PythonLine& line) {
    while (!functions_.empty() && line.indent <= functions_.back().first) {
      functions_.pop_back();
      names_.pop_back();
    }
    const size_t name = DefOf(line);
    if (name == 0) return;
    functions_.emplace_back(line.indent, Is(line.tokens[0], "async"));
    names_.push_back(line.tokens[name].text);
  }

  void Report(absl::string_view code, std::string message, const PythonToken& token) {
    findings_->Add(MakeFinding(code, std::move(message), findings_->skill(),
                               {example_.position.path, example_.position.line + token.line - 1,
                                example_.position.column + token.column - 1}));
  }

  void Blocking(const PythonLine& line) {
    int lambda_depth = -1;  // of brackets around a lambda; -1: outside of one
    bool lambda_body = false;
    for (size_t i = 0; i + 1 < line.tokens.size(); ++i) {
      // A lambda's body runs where it is called: mostly in a thread, as in asyncio.to_thread(lambda: ...).
      const PythonToken& token = line.tokens[i];
      if (lambda_depth != -1 &&
          (token.depth < lambda_depth || (lambda_body && token.depth == lambda_depth && Is(token, ","))))
        lambda_depth = -1;
      if (lambda_depth == -1 && Is(token, "lambda")) {
        lambda_depth = token.depth;
        lambda_body = false;
      }
      lambda_body = lambda_body || (token.depth == lambda_depth && Is(token, ":"));
      if (lambda_depth != -1) continue;
      if (line.tokens[i].kind != PythonToken::Kind::kName || !Is(line.tokens[i + 1], "(")) continue;
      const std::string name = DottedName(line.tokens, i);
      if (!IsBlocking(name)) continue;
      Report("blocking-call-in-async",
             absl::StrCat("`", name, "` blocks the event loop: nothing else runs in the meantime"), line.tokens[i]);
    }
  }

  // A statement that is nothing but the call of a coroutine function.
  void NeverAwaited(const PythonLine& line) {
    const std::vector<PythonToken>& tokens = line.tokens;
    if (tokens.size() < 3 || coroutines_.count(tokens[0].text) == 0 || !Is(tokens[1], "(")) return;
    if (!Is(tokens.back(), ")") || tokens.back().depth != tokens[0].depth) return;
    for (size_t i = 2; i + 1 < tokens.size(); ++i) {
      if (tokens[i].depth <= tokens[0].depth) return;  // more than one call
    }
    Report("coroutine-never-awaited",
           absl::StrCat("`", tokens[0].text, "(...)` makes a coroutine that is never awaited: it does not run"),
           tokens[0]);
  }

  const Example& example_;
  Findings* findings_;
  std::set<std::string> coroutines_;
  std::vector<std::pair<int, bool>> functions_;  // indent, async: around the line
  std::vector<std::string> names_;
};

}  // namespace

void LintForRunner(Findings* findings) {
  const Skill& skill = findings->skill();
  for (const Diagnostic& diagnostic : skill.diagnostics) findings->Add(diagnostic);
  FindSecrets("secret", findings);
  for (const Example& example : skill.examples) {
    // What is meant to be wrong may be, and what is no program is none.
    if (example.runtime != "python" || example.purpose == Purpose::kAntiPattern ||
        example.purpose == Purpose::kOutput || example.purpose == Purpose::kInput)
      continue;
    AsyncRules(example, findings).Check(LexPython(example.source));
    if (example.undefined.empty() || !example.session.empty()) continue;
    findings->Add(MakeFinding(
        "undefined-name",
        absl::StrCat("the block uses names that it does not bind: ", absl::StrJoin(example.undefined, ", ")), skill,
        {example.position.path, example.position.line, example.position.column}));
  }
}

}  // namespace skillrunner::catalog
