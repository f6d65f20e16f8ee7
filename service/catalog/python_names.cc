#include "catalog/python_names.h"

#include <algorithm>
#include <set>
#include <utility>

namespace skillrunner::catalog {
namespace {

// How far one token is looked at from another: keeps the time linear.
constexpr size_t kMaxReach = 256;

using Tokens = std::vector<PythonToken>;
using Kind = PythonToken::Kind;

class Reader {
 public:
  PythonNames Read(const PythonSource& source) {
    for (const PythonLine& line : source.lines) {
      TrackScopes(line);
      Statement(line.tokens);
    }
    PythonNames names;
    names.bound.assign(bound_.begin(), bound_.end());
    names.imports.assign(imports_.begin(), imports_.end());
    names.top_level_await = top_level_await_;
    if (!star_import_) {
      for (const std::string& name : used_) {
        if (bound_.count(name) == 0 && !IsPythonBuiltin(name)) names.undefined.push_back(name);
      }
    }
    return names;
  }

 private:
  static bool Is(const PythonToken& token, const char* text) {
    return token.kind != Kind::kString && token.text == text;
  }
  static bool IsName(const PythonToken& token) { return token.kind == Kind::kName && !IsPythonKeyword(token.text); }

  // Whether the statement stands inside a function.
  void TrackScopes(const PythonLine& line) {
    while (!functions_.empty() && line.indent <= functions_.back()) functions_.pop_back();
    const Tokens& tokens = line.tokens;
    if (functions_.empty()) {
      bool in_lambda_or_def =
          Is(tokens[0], "def") || (Is(tokens[0], "async") && tokens.size() > 1 && Is(tokens[1], "def"));
      for (size_t i = 0; i < tokens.size() && !in_lambda_or_def; ++i) {
        const bool async_statement =
            Is(tokens[i], "async") && i + 1 < tokens.size() && (Is(tokens[i + 1], "with") || Is(tokens[i + 1], "for"));
        if ((Is(tokens[i], "await") || async_statement)) top_level_await_ = true;
      }
    }
    const size_t def = Is(tokens[0], "async") ? 1 : 0;
    if (def < tokens.size() && Is(tokens[def], "def")) functions_.push_back(line.indent);
  }

  // Splits `if x: y = 1` into its head and its body. A few levels: deeper ones are not Python that runs.
  void Statement(const Tokens& tokens, int level = 0) {
    const bool compound = level < 4 && IsCompound(tokens[0]) && !(tokens.size() > 1 && Is(tokens[1], "="));
    bool lambda = false;
    for (size_t i = 1; compound && i + 1 < tokens.size(); ++i) {
      if (tokens[i].depth != 0) continue;
      lambda = lambda || Is(tokens[i], "lambda");
      if (!Is(tokens[i], ":") || std::exchange(lambda, false)) continue;
      const auto body = tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1;
      Simple(Tokens(tokens.begin(), body));
      return Statement(Tokens(body, tokens.end()), level + 1);
    }
    Simple(tokens);
  }

  static bool IsCompound(const PythonToken& token) {
    if (token.kind != Kind::kName) return false;
    for (const char* keyword :
         {"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "async", "case"}) {
      if (token.text == keyword) return true;
    }
    return false;
  }

  void Simple(const Tokens& tokens) {
    skip_.assign(tokens.size(), false);
    size_t at = 0;
    if (Is(tokens[0], "async")) at = 1;
    if (at >= tokens.size()) return;
    const PythonToken& head = tokens[at];
    if (Is(head, "import")) return Import(tokens, at + 1);
    if (Is(head, "from")) return FromImport(tokens, at + 1);
    if (Is(head, "def")) {
      Definition(tokens, at + 1);
    } else if (Is(head, "class")) {
      if (at + 1 < tokens.size()) Bind(tokens, at + 1);
    } else if (Is(head, "global") || Is(head, "nonlocal")) {
      for (size_t i = at + 1; i < tokens.size(); ++i) {
        if (IsName(tokens[i])) Bind(tokens, i);
      }
    } else if (head.text == "case" && head.kind == Kind::kName && tokens.size() > 2 && Is(tokens.back(), ":")) {
      Case(tokens, at);
    } else {
      if (head.text == "match" && head.kind == Kind::kName && tokens.size() > 2 && Is(tokens.back(), ":") &&
          !Is(tokens[at + 1], "=") && !Is(tokens[at + 1], "."))
        skip_[at] = true;
      Assignment(tokens);
    }
    for (size_t i = 0; i < tokens.size(); ++i) Inner(tokens, i);
    Uses(tokens);
  }

  void Bind(const Tokens& tokens, size_t i) {
    if (!IsName(tokens[i])) return;
    bound_.insert(tokens[i].text);
    skip_[i] = true;
  }

  void Import(const Tokens& tokens, size_t i) {
    while (i < tokens.size()) {
      const std::string module = tokens[i].text;
      if (!IsName(tokens[i])) return;
      imports_.insert(module);
      std::string name = module;
      for (++i; i < tokens.size() && !Is(tokens[i], ","); ++i) {
        if (Is(tokens[i], "as") && i + 1 < tokens.size()) name = tokens[i + 1].text;
      }
      bound_.insert(name);
      ++i;
    }
  }

  void FromImport(const Tokens& tokens, size_t i) {
    if (i < tokens.size() && IsName(tokens[i])) imports_.insert(tokens[i].text);
    while (i < tokens.size() && !Is(tokens[i], "import")) ++i;
    for (++i; i < tokens.size(); ++i) {
      if (Is(tokens[i], "*")) star_import_ = true;
      if (!IsName(tokens[i])) continue;
      const bool renamed = i + 1 < tokens.size() && Is(tokens[i + 1], "as");
      if (!renamed) bound_.insert(tokens[i].text);
    }
  }

  // `name(parameters) -> ...:`, from its name on.
  void Definition(const Tokens& tokens, size_t i) {
    if (i >= tokens.size()) return;
    Bind(tokens, i);
    const int depth = tokens[i].depth;
    for (++i; i < tokens.size() && !Is(tokens[i], "("); ++i) {
    }
    bool expects_name = true;
    for (++i; i < tokens.size(); ++i) {
      if (tokens[i].depth == depth && Is(tokens[i], ")")) return;
      if (tokens[i].depth != depth + 1) continue;
      if (Is(tokens[i], ",")) {
        expects_name = true;
      } else if (expects_name && IsName(tokens[i])) {
        Bind(tokens, i);
        expects_name = false;
      } else if (Is(tokens[i], "=") || Is(tokens[i], ":")) {
        expects_name = false;
      }
    }
  }

  void Case(const Tokens& tokens, size_t at) {
    skip_[at] = true;
    for (size_t i = at + 1; i < tokens.size(); ++i) {
      if (Is(tokens[i], "if")) return;
      if (!IsName(tokens[i])) continue;
      const bool qualified = i + 1 < tokens.size() && (Is(tokens[i + 1], ".") || Is(tokens[i + 1], "("));
      const bool keyword = i + 1 < tokens.size() && Is(tokens[i + 1], "=");
      if (keyword) skip_[i] = true;
      if (!qualified && !keyword && !Is(tokens[i - 1], ".")) Bind(tokens, i);
    }
  }

  // Targets of `a, (b, *c) = ...`, `a = b = ...` and `a: T`.
  void Assignment(const Tokens& tokens) {
    size_t last = 0;  // one behind the last `=` outside brackets
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].depth == 0 && Is(tokens[i], "=")) last = i;
    }
    const bool annotated = tokens.size() > 2 && IsName(tokens[0]) && Is(tokens[1], ":");
    if (annotated) {
      Bind(tokens, 0);
      return;
    }
    for (size_t i = 0; i < last; ++i) {
      if (!IsName(tokens[i])) continue;
      if (i > 0 && Is(tokens[i - 1], ".")) continue;
      const PythonToken& next = tokens[i + 1];
      if (Is(next, ".") || Is(next, "[") || Is(next, "(")) continue;
      if (InSubscript(tokens, i)) continue;
      Bind(tokens, i);
    }
  }

  // Whether token i stands in brackets that follow a value, as in `a[i] = ...`.
  static bool InSubscript(const Tokens& tokens, size_t i) {
    int depth = tokens[i].depth;
    const size_t begin = i < kMaxReach ? 0 : i - kMaxReach;
    for (size_t j = i; j-- > begin && depth > 0;) {
      if (tokens[j].depth >= depth) continue;
      depth = tokens[j].depth;
      if (j == 0 || Is(tokens[j], "{")) continue;
      const PythonToken& before = tokens[j - 1];
      const bool value = IsName(before) || before.kind == Kind::kString || Is(before, ")") || Is(before, "]");
      if (value && (Is(tokens[j], "[") || Is(tokens[j], "("))) return true;
    }
    return false;
  }

  // Bindings inside expressions and heads: for, lambda, as, :=.
  void Inner(const Tokens& tokens, size_t i) {
    const PythonToken& token = tokens[i];
    const size_t end = std::min(tokens.size(), i + kMaxReach);
    if (Is(token, "for")) {
      for (size_t j = i + 1; j < end && !(Is(tokens[j], "in") && tokens[j].depth <= token.depth); ++j) {
        const bool part = j + 1 < tokens.size() && (Is(tokens[j + 1], ".") || Is(tokens[j + 1], "["));
        if (IsName(tokens[j]) && !part && !Is(tokens[j - 1], ".")) Bind(tokens, j);
      }
    } else if (Is(token, "lambda")) {
      bool expects_name = true;
      for (size_t j = i + 1; j < end; ++j) {
        if (tokens[j].depth == token.depth && Is(tokens[j], ":")) break;
        if (tokens[j].depth != token.depth) continue;
        if (Is(tokens[j], ",")) {
          expects_name = true;
        } else if (Is(tokens[j], "=")) {
          expects_name = false;
        } else if (expects_name && IsName(tokens[j])) {
          Bind(tokens, j);
          expects_name = false;
        }
      }
    } else if (Is(token, "as") && i + 1 < tokens.size()) {
      if (IsName(tokens[i + 1])) {
        const bool part = i + 2 < tokens.size() && (Is(tokens[i + 2], ".") || Is(tokens[i + 2], "["));
        if (!part) Bind(tokens, i + 1);
      } else if (Is(tokens[i + 1], "(")) {
        for (size_t j = i + 2; j < end && tokens[j].depth > tokens[i + 1].depth; ++j) Bind(tokens, j);
      }
    } else if (Is(token, ":=") && i > 0) {
      Bind(tokens, i - 1);
    }
  }

  void Uses(const Tokens& tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (!IsName(tokens[i]) || skip_[i]) continue;
      if (i > 0 && Is(tokens[i - 1], ".")) continue;
      const bool keyword_argument = i > 0 && i + 1 < tokens.size() && tokens[i].depth > 0 && Is(tokens[i + 1], "=") &&
                                    (Is(tokens[i - 1], "(") || Is(tokens[i - 1], ","));
      if (!keyword_argument) used_.insert(tokens[i].text);
    }
  }

  std::set<std::string> bound_;
  std::set<std::string> used_;
  std::set<std::string> imports_;
  std::vector<int> functions_;  // indents of the `def` lines around
  std::vector<bool> skip_;      // tokens of the statement that are no uses
  bool star_import_ = false;
  bool top_level_await_ = false;
};

}  // namespace

PythonNames ReadPythonNames(const PythonSource& source) {
  return Reader().Read(source);
}

}  // namespace skillrunner::catalog
