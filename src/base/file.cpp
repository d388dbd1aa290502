#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/errors.h"
#include "base/fd.h"

namespace tern {
namespace {

constexpr std::size_t kFirstPipeRead = 64 * 1024;

Result<UniqueFd> open_for_reading(const std::string& path) {
  while (true) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.valid()) return fd;
    if (errno != EINTR) return system_error(errno, path);
  }
}

Result<struct stat> stat_open_file(const UniqueFd& fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd.value(), &info) != 0) return system_error(errno, path);
  if (S_ISDIR(info.st_mode)) return system_error(EISDIR, path);
  return info;
}

Status too_large(const std::string& path, std::uint64_t max_bytes) {
  return resource_exhausted("{}: larger than the limit of {} bytes", path, max_bytes);
}

/// Reads at most `size` bytes at `to`; fewer only at the end of the file.
Result<std::size_t> read_up_to(const UniqueFd& fd, char* to, std::size_t size,
                               const std::string& path) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(fd.value(), to + done, size - done);
    if (n == 0) break;
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      return system_error(errno, path);
    }
  }
  return done;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes) {
  TERN_ASSIGN_OR_RETURN(const UniqueFd fd, open_for_reading(path));
  TERN_ASSIGN_OR_RETURN(const struct stat info, stat_open_file(fd, path));
  const auto stated = static_cast<std::uint64_t>(info.st_size);
  if (stated > max_bytes) return too_large(path, max_bytes);

  // One byte more than stated shows the end at once; files in /proc and pipes state 0.
  std::string content;
  std::size_t room = stated > 0 ? static_cast<std::size_t>(stated) + 1 : kFirstPipeRead;
  std::size_t filled = 0;
  while (true) {
    if (room > max_bytes) room = static_cast<std::size_t>(max_bytes) + 1;
    content.resize(room);
    TERN_ASSIGN_OR_RETURN(const std::size_t n,
                          read_up_to(fd, content.data() + filled, room - filled, path));
    filled += n;
    if (filled > max_bytes) return too_large(path, max_bytes);
    if (filled < room) break;
    room *= 2;
  }
  content.resize(filled);
  return content;
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const UniqueFd fd, open_for_reading(path));
  TERN_ASSIGN_OR_RETURN(const struct stat info, stat_open_file(fd, path));
  if (!S_ISREG(info.st_mode)) return failed_precondition("{}: not a regular file", path);
  MappedFile file;
  if (info.st_size == 0) return file;  // mmap refuses empty ranges
  const auto size = static_cast<std::size_t>(info.st_size);
  void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.value(), 0);
  if (data == MAP_FAILED) return system_error(errno, path);
  file.data_ = static_cast<const std::byte*>(data);
  file.size_ = size;
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

namespace {

// Its type tells a shared mapping from every other owner of memory.
struct MappingDeleter {
  void operator()(MappedFile* file) const { delete file; }
};

}  // namespace

std::shared_ptr<MappedFile> share_mapping(MappedFile file) {
  return {new MappedFile(std::move(file)), MappingDeleter()};
}

void forget_file_pages(const std::shared_ptr<void>& owner, const void* data, std::size_t bytes) {
  if (std::get_deleter<MappingDeleter>(owner) == nullptr) return;
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

void MappedFile::will_read_all() const {
  if (data_ == nullptr) return;
  ::madvise(const_cast<std::byte*>(data_), size_, MADV_SEQUENTIAL);
  ::madvise(const_cast<std::byte*>(data_), size_, MADV_WILLNEED);
}

}  // namespace tern
