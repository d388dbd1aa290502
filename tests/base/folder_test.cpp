#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;

TEST(Folder, ListsNamesInOrder) {
  const TempDir dir;
  for (const char* name : {"b", "a", ".hidden", "C"}) dir.write(name, "");
  EXPECT_EQ(*list_directory(dir.path()), (std::vector<std::string>{".hidden", "C", "a", "b"}));
  EXPECT_THAT(list_directory(dir.file("none")), FailsWith(StatusCode::kNotFound, "none"));
  EXPECT_THAT(list_directory(dir.file("a")), FailsWith(StatusCode::kNotFound, "Not a directory"));
}

TEST(Folder, MakesAllParentsAndAcceptsExistingOnes) {
  const TempDir dir;
  EXPECT_THAT(make_directories(dir.file("a/b//c/")), IsOk());
  EXPECT_TRUE(is_directory(dir.file("a/b/c")));
  EXPECT_THAT(make_directories(dir.file("a/b/c")), IsOk());
}

TEST(Folder, DoesNotMakeAFolderInAFile) {
  const TempDir dir;
  dir.write("file", "");
  EXPECT_THAT(make_directories(dir.file("file/x")),
              FailsWith(StatusCode::kAlreadyExists, dir.file("file")));
}

TEST(Folder, InfoTellsFilesFromFolders) {
  const TempDir dir;
  const Result<FileInfo> file = file_info(dir.write("x", "12345"));
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->bytes, 5u);
  EXPECT_FALSE(file->is_directory);
  EXPECT_GT(file->modified_ns, 1'500'000'000'000'000'000);
  EXPECT_TRUE(file_info(dir.path())->is_directory);
  EXPECT_FALSE(is_directory(dir.file("x")));
  EXPECT_FALSE(is_directory(dir.file("none")));
  EXPECT_TRUE(file_exists(dir.file("x")));
  EXPECT_FALSE(file_exists(dir.file("none")));
}

TEST(Folder, RemovingTwiceIsSuccess) {
  const TempDir dir;
  dir.write("x", "");
  EXPECT_THAT(remove_file(dir.file("x")), IsOk());
  EXPECT_THAT(remove_file(dir.file("x")), IsOk());
  EXPECT_FALSE(remove_file(dir.path()).ok());
}

TEST(Folder, RemovesATreeButNotWhatItsLinksPointTo) {
  const TempDir dir;
  const std::string kept = dir.write("kept", "x");
  ASSERT_THAT(make_directories(dir.file("tree/sub")), IsOk());
  ASSERT_EQ(::symlink(kept.c_str(), dir.file("tree/sub/link").c_str()), 0);
  EXPECT_THAT(remove_directory_tree(dir.file("tree")), IsOk());
  EXPECT_THAT(remove_directory_tree(dir.file("tree")), IsOk());
  EXPECT_EQ(*list_directory(dir.path()), std::vector<std::string>{"kept"});
}

TEST(Path, Joins) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(join_path("a", "/b"), "/b");
}

TEST(Path, TakesApart) {
  EXPECT_EQ(parent_path("a/b/c"), "a/b");
  EXPECT_EQ(parent_path("a/b/"), "a");
  EXPECT_EQ(parent_path("a"), "");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(base_name("a/b.onnx"), "b.onnx");
  EXPECT_EQ(base_name("b"), "b");
  EXPECT_EQ(file_extension("a.b/c.tar.gz"), ".gz");
  EXPECT_EQ(file_extension("a.b/c"), "");
  EXPECT_EQ(file_extension("a/.profile"), "");
}

}  // namespace
}  // namespace tern
