#include "sandbox/private_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace skillrunner::sandbox {
namespace {

namespace fs = std::filesystem;

TEST(PrivateDirectory, TreesAreRemovedWhateverTheirDepthAndPermissions) {
  std::string path = "/tmp/private-directory-test-XXXXXX";
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  const std::string outside = path + "-outside";
  fs::create_directories(outside);
  std::ofstream(outside + "/kept") << "x";
  fs::create_symlink(outside, path + "/link");
  fs::create_directories(path + "/closed/below");
  std::ofstream(path + "/closed/below/file") << "x";
  fs::permissions(path + "/closed", fs::perms::none);
  UniqueFd at(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int depth = 0; depth < 2000; ++depth) {  // deeper than a path can name
    ASSERT_EQ(::mkdirat(at.get(), "deep", 0700), 0);
    at.reset(::openat(at.get(), "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  at.reset();
  RemoveTree(path);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(outside + "/kept"));
  fs::remove_all(outside);
}

TEST(PrivateDirectories, FullOneIsRemovedALittleAtATime) {
  PrivateDirectories directories;
  ASSERT_FALSE(directories.Open());
  PrivateDirectory full;
  ASSERT_FALSE(directories.Make("full", &full));
  for (int i = 0; i < 2000; ++i) std::ofstream(full.path() + "/work/" + std::to_string(i));
  const std::string path = full.path();
  int calls = 1;
  while (!full.RemoveSome()) ++calls;
  EXPECT_GT(calls, 3);
  EXPECT_FALSE(fs::exists(path));
}

TEST(PrivateDirectories, OnesThatStartTogetherSpareEachOther) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(::fork());
    ASSERT_NE(children.back(), -1);
    if (children.back() != 0) continue;
    for (int round = 0; round < 500; ++round) {
      PrivateDirectories one;
      if (one.Open() || !fs::exists(one.path())) ::_exit(1);
    }
    ::_exit(0);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

TEST(PrivateDirectories, WhatAKilledOneLeftIsRemovedAndTheLivingAreSpared) {
  PrivateDirectories living;
  ASSERT_FALSE(living.Open());
  PrivateDirectory kept;
  ASSERT_FALSE(living.Make("kept", &kept));
  std::string left = "/tmp/skill-runner-sandboxes-" + std::to_string(::geteuid()) + "-XXXXXX";
  ASSERT_NE(::mkdtemp(left.data()), nullptr);
  fs::create_directories(left + "/1/work");
  std::string parent;
  {
    PrivateDirectories next;
    ASSERT_FALSE(next.Open());
    EXPECT_FALSE(fs::exists(left));
    EXPECT_TRUE(fs::exists(kept.path() + "/work"));
    EXPECT_TRUE(fs::exists(kept.path() + "/tmp"));
    PrivateDirectory one;
    ASSERT_FALSE(next.Make("one", &one));
    parent = fs::path(one.path()).parent_path();
  }
  EXPECT_FALSE(fs::exists(parent));
}

}  // namespace
}  // namespace skillrunner::sandbox
