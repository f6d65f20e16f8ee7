#include "skillctl/values.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace skillrunner::skillctl {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

TEST(Values, DurationsHaveUnits) {
  EXPECT_EQ(*ParseDuration("10s"), absl::Seconds(10));
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("1.5s"), absl::Milliseconds(1500));
  for (const char* wrong : {"", "10", "0", "0s", "-1s", "inf", "10 s", "s", "10sec"}) {
    EXPECT_EQ(ParseDuration(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(Values, SizesAreBytesOrHaveUnits) {
  EXPECT_EQ(*ParseSize("123"), 123);
  EXPECT_EQ(*ParseSize("64KiB"), 65536);
  EXPECT_EQ(*ParseSize("64mib"), 67108864);
  EXPECT_EQ(*ParseSize("2G"), int64_t{2} << 30);
  EXPECT_EQ(*ParseSize("64MB"), 64000000);
  EXPECT_EQ(*ParseSize("7B"), 7);
  for (const char* wrong :
       {"", "0", "0MiB", "-1", "1.5MiB", "MiB", "64 MiB", "64Mx", "9223372036854775808", "9007199254740993GiB"}) {
    EXPECT_EQ(ParseSize(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(Values, KeyValueSplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(*ParseKeyValue("A=b=c"), std::make_pair(std::string("A"), std::string("b=c")));
  EXPECT_EQ(*ParseKeyValue("A="), std::make_pair(std::string("A"), std::string()));
  EXPECT_FALSE(ParseKeyValue("A").ok());
  EXPECT_FALSE(ParseKeyValue("=b").ok());
}

TEST(Values, IsolationLevelsAreKnownByName) {
  EXPECT_EQ(*ParseIsolation("full"), v1::ISOLATION_LEVEL_FULL);
  EXPECT_EQ(*ParseIsolation("namespaced"), v1::ISOLATION_LEVEL_NAMESPACED);
  EXPECT_EQ(*ParseIsolation("restricted"), v1::ISOLATION_LEVEL_RESTRICTED);
  EXPECT_FALSE(ParseIsolation("none").ok());
}

TEST(Values, AddressNeedsHostAndPort) {
  for (const char* good : {"127.0.0.1:50051", "[::1]:1", "host:65535", "unix:/run/skills.sock"}) {
    EXPECT_TRUE(CheckAddress(good).ok()) << good;
  }
  for (const char* bad : {"", "host", ":1", "host:", "host:0", "host:65536", "host:x"}) {
    EXPECT_FALSE(CheckAddress(bad).ok()) << bad;
  }
}

class InputFiles : public ::testing::Test {
 protected:
  InputFiles() {
    char path[] = "/tmp/client_test_XXXXXX";
    directory_ = ::mkdtemp(path);
  }
  ~InputFiles() override {
    for (const std::string& path : made_) ::unlink(path.c_str());
    ::rmdir(directory_.c_str());
  }
  std::string Make(const std::string& name, const std::string& content) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    made_.push_back(path);
    return path;
  }
  std::string directory_;
  std::vector<std::string> made_;
};

TEST_F(InputFiles, KeepBytesAndTakeTheirOwnName) {
  const std::string content("a\0\xff\n", 4);
  const auto file = ReadInputFile(Make("data.bin", content));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->path(), "data.bin");
  EXPECT_EQ(file->content(), content);
  EXPECT_FALSE(file->executable());
}

TEST_F(InputFiles, TakeTheNameGivenAndStayExecutable) {
  const std::string path = Make("tool", "#!/bin/sh\n");
  ::chmod(path.c_str(), 0755);
  const auto file = ReadInputFile(path + ":bin/tool");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->path(), "bin/tool");
  EXPECT_TRUE(file->executable());
}

TEST_F(InputFiles, MayHaveAColonInTheirName) {
  const auto file = ReadInputFile(Make("a:b", "x"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->path(), "a:b");
}

TEST_F(InputFiles, MissingAndTooLargeOnesAreRefusedByName) {
  EXPECT_EQ(ReadInputFile(directory_ + "/missing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ReadInputFile(directory_).ok());
  const auto large = ReadFileOrStdin(Make("large", std::string(11, 'x')), 10);
  EXPECT_EQ(large.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_NE(large.status().message().find("large"), absl::string_view::npos);
  EXPECT_TRUE(ReadFileOrStdin(Make("exact", std::string(10, 'x')), 10).ok());
}

}  // namespace
}  // namespace skillrunner::skillctl
