#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "base/errors.h"
#include "base/fd.h"
#include "base/file.h"

namespace tern {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr mode_t kNewFileMode = 0666;  // less the umask
constexpr mode_t kPermissionBits = 07777;

/// Where the bytes of `path` live: the target when it is a symbolic link, which then stays one.
Result<std::string> follow_link(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  char target[PATH_MAX];
  if (::realpath(path.c_str(), target) == nullptr) return system_error(errno, path);
  return std::string(target);
}

std::string folder_of(const std::string& path) {
  const std::string_view folder = parent_path(path);
  return folder.empty() ? "." : std::string(folder);
}

struct AsideFile {
  UniqueFd fd;
  std::string path;
};

/// A new file in the folder of `path`, under a name that does not depend on the length of its name.
Result<AsideFile> open_aside(const std::string& path) {
  static std::atomic<unsigned> counter{0};  // only to make names differ
  while (true) {
    AsideFile aside;
    aside.path =
        join_path(parent_path(path), fmt::format(".tern-{}-{}.tmp", ::getpid(), counter++));
    aside.fd.reset(
        ::open(aside.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode));
    if (aside.fd.valid()) return aside;
    if (errno != EEXIST && errno != EINTR) return system_error(errno, path);
  }
}

Status write_all(const UniqueFd& fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd.value(), data, size);
    if (n >= 0) {
      data += n;
      size -= static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      return system_error(errno, "write");
    }
  }
  return {};
}

/// Makes the new name itself survive a power cut. File systems without this operation say EINVAL.
Status sync_folder(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return system_error(errno, "open " + folder);
  if (::fsync(fd.value()) != 0 && errno != EINVAL) return system_error(errno, "sync " + folder);
  return {};
}

}  // namespace

struct AtomicFileWriter::Impl {
  std::string shown_path;  // what the caller named, for messages
  std::string final_path;  // links followed
  AsideFile aside;
  std::string buffer;
  std::uint64_t written = 0;
  Status failure;
  bool committed = false;

  ~Impl() {
    if (!committed && !aside.path.empty()) ::unlink(aside.path.c_str());
  }

  Status flush() {
    const Status written_out = write_all(aside.fd, buffer.data(), buffer.size());
    buffer.clear();
    return written_out;
  }

  Status append(std::string_view bytes) {
    written += bytes.size();
    if (buffer.size() + bytes.size() <= kBufferBytes) {
      buffer += bytes;
      return {};
    }
    TERN_TRY(flush());
    if (bytes.size() >= kBufferBytes) return write_all(aside.fd, bytes.data(), bytes.size());
    buffer += bytes;
    return {};
  }

  Status sync() {
    TERN_TRY(flush());
    if (::fsync(aside.fd.value()) != 0) return system_error(errno, "sync");
    return {};
  }

  Status commit() {
    TERN_TRY(sync());
    if (::close(aside.fd.release()) != 0) return system_error(errno, "close");
    if (std::rename(aside.path.c_str(), final_path.c_str()) != 0) {
      return system_error(errno, "rename");
    }
    committed = true;
    return sync_folder(folder_of(final_path));
  }

  Status remember(Status outcome) {
    if (!outcome.ok()) failure = std::move(outcome).with_context(shown_path);
    return failure;
  }
};

Result<AtomicFileWriter> AtomicFileWriter::create(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->shown_path = path;
  TERN_ASSIGN_OR_RETURN(impl->final_path, follow_link(path));
  struct stat old {};
  const bool replaces = ::stat(impl->final_path.c_str(), &old) == 0;
  if (replaces && !S_ISREG(old.st_mode)) {
    return failed_precondition("{}: not a regular file, cannot be replaced", path);
  }
  TERN_ASSIGN_OR_RETURN(impl->aside, open_aside(impl->final_path));
  if (replaces && ::fchmod(impl->aside.fd.value(), old.st_mode & kPermissionBits) != 0) {
    return system_error(errno, path);
  }
  impl->buffer.reserve(kBufferBytes);
  return AtomicFileWriter(std::move(impl));
}

AtomicFileWriter::AtomicFileWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AtomicFileWriter::~AtomicFileWriter() = default;
AtomicFileWriter::AtomicFileWriter(AtomicFileWriter&&) noexcept = default;
AtomicFileWriter& AtomicFileWriter::operator=(AtomicFileWriter&&) noexcept = default;

Status AtomicFileWriter::append(std::span<const std::byte> bytes) {
  return append(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Status AtomicFileWriter::append(std::string_view text) {
  if (!impl_->failure.ok()) return impl_->failure;
  return impl_->remember(impl_->append(text));
}

std::uint64_t AtomicFileWriter::bytes_written() const { return impl_->written; }

Status AtomicFileWriter::sync() {
  if (!impl_->failure.ok()) return impl_->failure;
  if (impl_->committed) return failed_precondition("{}: already committed", impl_->shown_path);
  return impl_->remember(impl_->sync());
}

Status AtomicFileWriter::commit() {
  if (!impl_->failure.ok()) return impl_->failure;
  if (impl_->committed) return failed_precondition("{}: committed twice", impl_->shown_path);
  return impl_->remember(impl_->commit());
}

Status write_file_atomically(const std::string& path, std::string_view content) {
  TERN_ASSIGN_OR_RETURN(AtomicFileWriter writer, AtomicFileWriter::create(path));
  TERN_TRY(writer.append(content));
  return writer.commit();
}

Status write_file_atomically(const std::string& path, std::span<const std::byte> content) {
  return write_file_atomically(
      path, std::string_view(reinterpret_cast<const char*>(content.data()), content.size()));
}

}  // namespace tern
