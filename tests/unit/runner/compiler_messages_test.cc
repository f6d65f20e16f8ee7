// Messages as gcc 12, go 1.19, javac 17, kotlinc 1.3 and esbuild 0.17 print them.
#include "runner/compiler_messages.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace skillrunner {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Read(const std::string& file, const std::string& text) {
  std::vector<std::string> read;
  for (const CompilerMessage& message : ReadCompilerMessages(file, text))
    read.push_back(absl::StrCat(message.error ? "E" : "W", message.line, ":", message.column, " ", message.text));
  return read;
}

TEST(CompilerMessages, OfGcc) {
  EXPECT_THAT(Read("x.c",
                   "x.c: In function \xE2\x80\x98main\xE2\x80\x99:\n"
                   "x.c:3:5: warning: implicit declaration of function \xE2\x80\x98"
                   "f\xE2\x80\x99 [-Wimplicit]\n"
                   "    3 |     f();\n      |     ^\nx.c:4:9: error: expected \xE2\x80\x98;\xE2\x80\x99 before "
                   "\xE2\x80\x98}\xE2\x80\x99 token\nx.c:1:1: note: declared here\n"),
              ElementsAre("W3:5 implicit declaration of function \xE2\x80\x98"
                          "f\xE2\x80\x99 [-Wimplicit]",
                          "E4:9 expected \xE2\x80\x98;\xE2\x80\x99 before \xE2\x80\x98}\xE2\x80\x99 token"));
  EXPECT_THAT(Read("x.c", "x.c:1:10: fatal error: curl/curl.h: No such file or directory\n"),
              ElementsAre("E1:10 curl/curl.h: No such file or directory"));
  EXPECT_THAT(Read("x.c",
                   "/usr/bin/ld: /usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/Scrt1.o: in function "
                   "`_start':\n(.text+0x17): undefined reference to `main'\ncollect2: error: ld returned 1 exit "
                   "status\n"),
              ElementsAre("E0:0 undefined reference to `main'"));
}

TEST(CompilerMessages, OfGo) {
  EXPECT_THAT(
      Read("x.go", "# command-line-arguments\n./x.go:7:2: undefined: y\n./x.go:8:5: \"os\" imported and not used\n"),
      ElementsAre("E7:2 undefined: y", "E8:5 \"os\" imported and not used"));
  EXPECT_THAT(Read("x.go", "x.go:1:1: expected 'package', found 'func'\n"),
              ElementsAre("E1:1 expected 'package', found 'func'"));
  EXPECT_THAT(Read("x.go",
                   "# command-line-arguments\nruntime.main_main\xC2\xB7"
                   "f: function main is undeclared in the main package\n"),
              ElementsAre("E0:0 runtime.main_main\xC2\xB7"
                          "f: function main is undeclared in the main package"));
}

TEST(CompilerMessages, OfJavac) {
  EXPECT_THAT(Read("Main.java",
                   "Main.java:3: error: cannot find symbol\n        List<String> names;\n        ^\n"
                   "  symbol:   class List\n  location: class Main\nMain.java:9: error: ';' expected\n"
                   "    int x = 1\n             ^\n2 errors\n"),
              ElementsAre("E3:9 cannot find symbol: class List", "E9:14 ';' expected"));
}

TEST(CompilerMessages, OfKotlincAndEsbuild) {
  EXPECT_THAT(Read("x.kt", "x.kt:2:5: error: unresolved reference: foo\n    foo()\n    ^\n"),
              ElementsAre("E2:5 unresolved reference: foo"));
  EXPECT_THAT(
      Read("x.ts",
           "\xE2\x9C\x98 [ERROR] Expected \";\" but found \"y\"\n\n    x.ts:1:8:\n      1 \xE2\x94\x82 let x = y z\n"),
      ElementsAre("E1:9 Expected \";\" but found \"y\""));
}

TEST(CompilerMessages, WhatIsNoneIsLeftOut) {
  EXPECT_THAT(Read("x.c", ""), ElementsAre());
  EXPECT_THAT(Read("x.c", "x.c:\nx.c:a:b: error: no\nother.c:1:2: error: no\nsee x.c:1:2: error: quoted\nx.c:1"),
              ElementsAre());
  std::string many;
  for (int i = 1; i <= 1000; ++i) absl::StrAppend(&many, "x.c:", i, ":1: error: e\n");
  EXPECT_EQ(Read("x.c", many).size(), 100U);
}

}  // namespace
}  // namespace skillrunner
