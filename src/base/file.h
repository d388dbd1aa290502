// Files and folders. Every failure is a Status whose message begins with the path.
//
//   TERN_ASSIGN_OR_RETURN(const MappedFile model, MappedFile::open("net.onnx"));
//   TERN_TRY(write_file_atomically("net.txt", text));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/status.h"

namespace tern {

/// What a reader of configuration and other small files accepts unless told otherwise.
inline constexpr std::uint64_t kDefaultMaxFileBytes = std::uint64_t{1} << 30;

/// The whole content. Longer than `max_bytes` is kResourceExhausted and reads nothing more than
/// that. Pipes and devices are read to their end.
Result<std::string> read_file(const std::string& path,
                              std::uint64_t max_bytes = kDefaultMaxFileBytes);

/// A regular file mapped for reading. If another program truncates it, touching the lost pages ends
/// the process with SIGBUS: copy what must outlive the loading and drop the mapping.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  /// Valid while this object lives; moving it does not move the bytes.
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  /// Tells the system that the bytes will be read from front to back soon.
  void will_read_all() const;

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A mapping for several owners, such as tensors that view parts of it.
std::shared_ptr<MappedFile> share_mapping(MappedFile file);

/// The bytes, a part of a mapping that share_mapping made and `owner` keeps alive, have been read
/// for the last time: their pages leave the memory of this process, not the system's cache, from
/// where another look would fetch them again. Does nothing for any other owner.
void forget_file_pages(const std::shared_ptr<void>& owner, const void* data, std::size_t bytes);

/// Writes a file beside `path` piece by piece; commit() puts it in place of the old one in one
/// step. Until then, and after any error (disk full, for one), the old file stays whole, and the
/// destructor removes what was written. A symbolic link is followed; permissions of an old file are
/// kept.
class AtomicFileWriter {
 public:
  /// kFailedPrecondition when `path` is something else than a regular file.
  static Result<AtomicFileWriter> create(const std::string& path);
  ~AtomicFileWriter();
  AtomicFileWriter(AtomicFileWriter&&) noexcept;
  AtomicFileWriter& operator=(AtomicFileWriter&&) noexcept;

  /// After a failure every later call returns the same failure.
  Status append(std::span<const std::byte> bytes);
  Status append(std::string_view text);
  std::uint64_t bytes_written() const;

  /// What was appended is on the disk, but not in place yet. For several files that belong
  /// together: sync all, then commit all.
  Status sync();
  /// The file is on the disk (fsync of it and of its folder) and in place when this returns
  /// success.
  Status commit();

 private:
  struct Impl;
  explicit AtomicFileWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// AtomicFileWriter for content that is already in memory.
Status write_file_atomically(const std::string& path, std::string_view content);
Status write_file_atomically(const std::string& path, std::span<const std::byte> content);

bool file_exists(const std::string& path);
bool is_directory(const std::string& path);

struct FileInfo {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970, UTC
  bool is_directory = false;
};
/// Of what `path` names, links followed.
Result<FileInfo> file_info(const std::string& path);

/// The names in a folder, sorted by bytes, without "." and "..".
Result<std::vector<std::string>> list_directory(const std::string& path);
/// Makes `path` and its missing parents. An existing folder is success.
Status make_directories(const std::string& path);
/// Removing what is not there is success.
Status remove_file(const std::string& path);
/// A folder with everything in it; links are removed, not followed. What is not there is success.
Status remove_directory_tree(const std::string& path);

/// "a" and "b" as "a/b"; `name` alone when it is absolute or `folder` is empty.
std::string join_path(std::string_view folder, std::string_view name);
/// The folder part: "" for a bare name, "/" for a name in the root.
std::string_view parent_path(std::string_view path);
/// The part behind the last slash.
std::string_view base_name(std::string_view path);
/// The end of the base name from its last dot, ".onnx"; "" when there is none or it comes first.
std::string_view file_extension(std::string_view path);

}  // namespace tern
