// Standard error as real programs left it.
#include "verify/failure.h"

#include <gmock/gmock.h>

namespace skillrunner::verify {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;
using ::testing::HasSubstr;

Failure Explain(const std::string& runtime, const std::string& err, int exit_code = 1, const std::string& source = "") {
  FailedProgram program;
  program.runtime = runtime;
  program.file = runtime == "python" ? "x.py" : runtime == "node" ? "x.js" : "x.sh";
  program.source = source;
  program.err = err;
  program.finished.set_cause(v1::TERMINATION_CAUSE_EXITED);
  program.finished.set_exit_code(exit_code);
  program.finished.set_message("The program ended.");
  return ExplainFailure(program);
}

TEST(PythonFailure, MissingModuleIsNamedWithItsPackage) {
  const Failure failure = Explain("python",
                                  "Traceback (most recent call last):\n  File \"/work/x.py\", line 3, in <module>\n"
                                  "    import sklearn.svm\nModuleNotFoundError: No module named 'sklearn'\n");
  EXPECT_EQ(failure.reason, "module-missing");
  EXPECT_EQ(failure.name, "sklearn");
  EXPECT_EQ(failure.line, 3);
  EXPECT_THAT(failure.message, HasSubstr("python3-sklearn"));
  EXPECT_THAT(Explain("python", "ModuleNotFoundError: No module named 'myapp.settings'").message,
              HasSubstr("module myapp is not installed"));
}

TEST(PythonFailure, InnermostLineOfTheProgramItselfCounts) {
  const Failure failure = Explain(
      "python",
      "Traceback (most recent call last):\n  File \"/work/x.py\", line 9, in <module>\n    main()\n"
      "  File \"/work/x.py\", line 4, in main\n    plot(y)\n  File \"/usr/lib/python3.11/z.py\", line 77, in f\n"
      "NameError: name 'y' is not defined\n");
  EXPECT_EQ(failure.reason, "fragment");
  EXPECT_EQ(failure.name, "y");
  EXPECT_EQ(failure.line, 4);
}

TEST(PythonFailure, SyntaxErrorHasLineAndColumn) {
  const Failure failure =
      Explain("python", "  File \"/work/x.py\", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n", 1,
              "if True:\n  x = = 1\n");
  EXPECT_EQ(failure.reason, "syntax");
  EXPECT_EQ(failure.line, 2);
  EXPECT_EQ(failure.column, 7);
  const Failure awaits = Explain("python",
                                 "  File \"/work/x.py\", line 1\n    async with a() as b:\n    ^^^^^\n"
                                 "SyntaxError: 'async with' outside async function\n",
                                 1, "async with a() as b:\n");
  EXPECT_EQ(awaits.reason, "top-level-await");
  EXPECT_EQ(awaits.column, 1);
}

TEST(PythonFailure, WhatItLacksFromOutsideIsTold) {
  EXPECT_EQ(Explain("python", "FileNotFoundError: [Errno 2] No such file or directory: 'file.txt'\n").name, "file.txt");
  EXPECT_EQ(Explain("python", "FileNotFoundError: [Errno 2] No such file or directory: 'f'\n").reason, "input-file");
  EXPECT_EQ(Explain("python", "EOFError: EOF when reading a line\n").reason, "input-file");
  EXPECT_EQ(Explain("python", "ImportError: attempted relative import with no known parent package\n").reason,
            "input-file");
  EXPECT_EQ(
      Explain("python", "usage: x.py [-h] name\nx.py: error: the following arguments are required: name\n", 2).reason,
      "arguments");
  EXPECT_EQ(Explain("python", "usage: x.py [options] cmd\n\nerror: no commands supplied\n").reason, "arguments");
  EXPECT_EQ(Explain("python",
                    "Traceback (most recent call last):\n  File \"/work/x.py\", line 2, in <module>\n"
                    "    print(sys.argv[1])\n          ~~~~~~~~^^^\nIndexError: list index out of range\n")
                .reason,
            "arguments");
  EXPECT_EQ(Explain("python", "IndexError: list index out of range\n").reason, "error");
  EXPECT_EQ(
      Explain("python",
              "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host httpbin.org:443 ssl:default "
              "[Temporary failure in name resolution]\n")
          .reason,
      "network");
  const Failure other = Explain("python", "ValueError: no\n");
  EXPECT_EQ(other.reason, "error");
  EXPECT_THAT(other.message, HasSubstr("ValueError: no"));
}

TEST(NodeFailure, IsToldFromTheErrorItEndsWith) {
  const Failure missing = Explain("node",
                                  "node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\n"
                                  "Error: Cannot find module 'express'\nRequire stack:\n- /work/x.js\n"
                                  "    at Object.<anonymous> (/work/x.js:3:17)\n");
  EXPECT_EQ(missing.reason, "module-missing");
  EXPECT_THAT(missing.message, HasSubstr("node-express"));
  EXPECT_EQ(missing.line, 3);
  EXPECT_EQ(missing.column, 17);
  const Failure sibling = Explain("node",
                                  "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/work/math.js' imported from "
                                  "/work/x.js\n    at finalizeResolution (node:internal)\n");
  EXPECT_EQ(sibling.reason, "input-file");
  EXPECT_EQ(sibling.name, "math.js");
  EXPECT_EQ(Explain("node", "Error: Cannot find module './math'\n").reason, "input-file");
  const Failure name = Explain("node", "/work/x.js:7\nbutton.onclick();\n^\n\nReferenceError: button is not defined\n");
  EXPECT_EQ(name.reason, "fragment");
  EXPECT_EQ(name.name, "button");
  EXPECT_EQ(name.line, 7);
  EXPECT_THAT(Explain("node", "ReferenceError: document is not defined\n").message, HasSubstr("browsers only"));
  const Failure syntax =
      Explain("node", "/work/x.js:2\nconst a = <b>\n          ^\n\nSyntaxError: Unexpected token '<'\n");
  EXPECT_EQ(syntax.reason, "syntax");
  EXPECT_EQ(syntax.line, 2);
  EXPECT_EQ(Explain("node", "Error: ENOENT: no such file or directory, open 'file.txt'\n").name, "file.txt");
  EXPECT_EQ(Explain("node", "SyntaxError: await is only valid in async functions\n").reason, "top-level-await");
}

TEST(BashFailure, IsToldFromTheShellsComplaints) {
  const Failure command = Explain("bash", "x.sh: line 2: jq: command not found\n", 127);
  EXPECT_EQ(command.reason, "module-missing");
  EXPECT_EQ(command.line, 2);
  EXPECT_THAT(command.message, HasSubstr("Debian package jq"));
  EXPECT_EQ(Explain("bash", "x.sh: line 4: $1: unbound variable\n").reason, "arguments");
  EXPECT_EQ(Explain("bash", "x.sh: line 4: HOST: unbound variable\n").reason, "fragment");
  const Failure syntax = Explain("bash", "x.sh: line 9: syntax error: unexpected end of file\n", 2);
  EXPECT_EQ(syntax.reason, "syntax");
  EXPECT_EQ(syntax.line, 9);
  EXPECT_EQ(Explain("bash", "cat: notes.txt: No such file or directory\n").name, "notes.txt");
  EXPECT_EQ(Explain("bash", "x.sh: line 1: ./run.sh: No such file or directory\n").name, "./run.sh");
  EXPECT_EQ(Explain("bash", "", 3).reason, "error");
}

TEST(Failure, OfALimitIsTheLimitWhateverItSaid) {
  FailedProgram program;
  program.runtime = "python";
  program.err = "ModuleNotFoundError: No module named 'x'\n";
  program.finished.set_cause(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT);
  program.finished.set_message("The program was still running.");
  EXPECT_EQ(ExplainFailure(program).reason, "limit");
  program.finished.set_cause(v1::TERMINATION_CAUSE_SANDBOX_LOST);
  EXPECT_EQ(ExplainFailure(program).reason, "error");
}

TEST(Failure, EvidenceOfTheKernelIsEnoughForTheNetwork) {
  FailedProgram program;
  program.runtime = "python";
  program.err = "OSError: it did not work\n";
  program.finished.set_cause(v1::TERMINATION_CAUSE_EXITED);
  program.finished.set_exit_code(1);
  EXPECT_EQ(ExplainFailure(program).reason, "error");
  (*program.finished.mutable_evidence())["network.unreachable_sends"] = "2";
  EXPECT_EQ(ExplainFailure(program).reason, "network");
}

}  // namespace
}  // namespace skillrunner::verify
