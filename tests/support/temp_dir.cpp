#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/check.h"
#include "base/file.h"

namespace tern::testing {

TempDir::TempDir() {
  std::string pattern = join_path(::testing::TempDir(), "tern-test-XXXXXX");
  TERN_CHECK(::mkdtemp(pattern.data()) != nullptr, "{}", pattern);
  path_ = pattern;
}

TempDir::~TempDir() { EXPECT_TRUE(remove_directory_tree(path_).ok()) << path_; }

std::string TempDir::file(std::string_view name) const { return join_path(path_, name); }

std::string TempDir::write(std::string_view name, std::string_view content) const {
  const std::string path = file(name);
  std::ofstream out(path, std::ios::binary);
  out << content;
  EXPECT_TRUE(out.flush().good()) << path;
  return path;
}

}  // namespace tern::testing
