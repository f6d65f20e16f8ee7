#include "skillrunner_client/text.h"

#include <gtest/gtest.h>

namespace skillrunner::client {
namespace {

TEST(Text, EscapeSequencesAreWrittenOut) {
  EXPECT_EQ(EscapeForTerminal("a\x1b[31mred\x07"), "a\\x1b[31mred\\x07");
  EXPECT_EQ(EscapeForTerminal("csi \xc2\x9b"), "csi \\x9b");  // C1, one character in UTF-8
  EXPECT_EQ(EscapeForTerminal("\xe2\x80\xae"
                              "gpj.exe"),
            "\\u202egpj.exe");  // right-to-left override
  EXPECT_EQ(EscapeForTerminal("a\rb"), "a\\x0db");
  EXPECT_EQ(EscapeForTerminal(absl::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Text, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(EscapeForTerminal("\xff"
                              "a\xc3"),
            "\xef\xbf\xbd"
            "a\xef\xbf\xbd");
}

TEST(Text, AccentsAndEmojiStay) {
  const std::string text = "Programação 日本 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb";
  EXPECT_EQ(EscapeForTerminal(text), text);
}

TEST(Text, LinesAreJoinedOrKeptAsAsked) {
  EXPECT_EQ(EscapeForTerminal("a\nb\tc\r\nd"), "a b c d");
  EXPECT_EQ(EscapeForTerminal("a\nb\tc\r\nd", Lines::kKeep), "a\nb\tc\nd");
}

TEST(Text, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("ação"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);  // e and a combining acute accent
  EXPECT_EQ(DisplayWidth("日本"), 4u);
}

TEST(Text, ClippingNeverCutsACharacter) {
  EXPECT_EQ(ClipToWidth("ação", 4), "ação");
  EXPECT_EQ(ClipToWidth("ação!", 4), "açã…");
  EXPECT_EQ(ClipToWidth("日本語", 4), "日…");
}

}  // namespace
}  // namespace skillrunner::client
