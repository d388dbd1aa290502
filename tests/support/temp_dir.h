// TempDir: a fresh folder for one test, removed with its content at the end.
#pragma once

#include <string>
#include <string_view>

namespace tern::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  /// The path of `name` in the folder; makes nothing.
  std::string file(std::string_view name) const;
  /// Writes `content` to `name` (a test that cannot write fails) and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

}  // namespace tern::testing
