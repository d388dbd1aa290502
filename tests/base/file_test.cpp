#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(ReadFile, ReturnsEveryByte) {
  const TempDir dir;
  const std::string bytes("a\0b\r\n\xff", 6);
  EXPECT_EQ(*read_file(dir.write("x", bytes)), bytes);
  EXPECT_EQ(*read_file(dir.write("empty", "")), "");
}

TEST(ReadFile, NamesAMissingFile) {
  EXPECT_THAT(read_file("/no/such.bin"), FailsWith(StatusCode::kNotFound, "/no/such.bin: "));
}

TEST(ReadFile, RefusesAFolder) {
  EXPECT_THAT(read_file("/tmp"), FailsWith(StatusCode::kInvalidArgument, "/tmp: "));
}

TEST(ReadFile, TakesExactlyTheLimitAndNoByteMore) {
  const TempDir dir;
  const std::string path = dir.write("x", "12345");
  EXPECT_EQ(*read_file(path, 5), "12345");
  EXPECT_THAT(read_file(path, 4), FailsWith(StatusCode::kResourceExhausted, "limit of 4 bytes"));
}

TEST(ReadFile, ReadsFilesThatStateNoSize) {
  const Result<std::string> limits = read_file("/proc/self/limits");
  ASSERT_THAT(limits, IsOk());
  EXPECT_NE(limits->find("Max open files"), std::string::npos);
}

TEST(ReadFile, ReadsAPipeToItsEndButNotPastTheLimit) {
  const TempDir dir;
  const std::string fifo = dir.file("pipe");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const std::string long_text(300'000, 'x');
  const auto feed = [&] { std::ofstream(fifo) << long_text; };
  {
    std::jthread writer(feed);
    EXPECT_EQ(*read_file(fifo), long_text);
  }
  ::signal(SIGPIPE, SIG_IGN);
  std::jthread writer(feed);
  EXPECT_THAT(read_file(fifo, 100'000), FailsWith(StatusCode::kResourceExhausted, "pipe"));
}

TEST(MappedFile, ShowsTheBytesAndSurvivesAMove) {
  const TempDir dir;
  Result<MappedFile> opened = MappedFile::open(dir.write("x", "hello"));
  ASSERT_THAT(opened, IsOk());
  const MappedFile file = std::move(*opened);
  file.will_read_all();
  EXPECT_EQ(file.text(), "hello");
  EXPECT_EQ(file.bytes().size(), 5u);
}

TEST(MappedFile, OpensAnEmptyFile) {
  const TempDir dir;
  const Result<MappedFile> file = MappedFile::open(dir.write("x", ""));
  ASSERT_THAT(file, IsOk());
  EXPECT_TRUE(file->bytes().empty());
}

// The whole pages of [data, data + bytes) that are in this process's memory.
std::size_t resident_pages(const void* data, std::size_t bytes) {
  std::ifstream pagemap("/proc/self/pagemap", std::ios::binary);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page;
  const std::size_t end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / page;
  std::size_t count = 0;
  for (std::size_t i = first; i < end; ++i) {
    std::uint64_t entry = 0;
    pagemap.seekg(static_cast<std::streamoff>(i * sizeof entry));
    pagemap.read(reinterpret_cast<char*>(&entry), sizeof entry);
    count += entry >> 63;
  }
  return count;
}

TEST(MappedFile, ForgottenPagesLeaveMemoryAndCanBeReadAgain) {
  const TempDir dir;
  std::string content(1 << 20, 'a');
  content.back() = 'z';
  const std::shared_ptr<MappedFile> file =
      share_mapping(std::move(*MappedFile::open(dir.write("x", content))));
  const std::span<const std::byte> bytes = file->bytes();
  EXPECT_EQ(file->text(), content);  // touches every page
  const std::shared_ptr<void> owner = file;
  forget_file_pages(owner, bytes.data(), bytes.size());
  EXPECT_EQ(resident_pages(bytes.data(), bytes.size()), 0u);
  EXPECT_EQ(file->text(), content);
}

TEST(MappedFile, ForgettingLeavesEveryOtherMemoryAlone) {
  const std::string content(1 << 20, 'a');
  const auto owner = std::make_shared<std::string>(content);
  forget_file_pages(owner, owner->data(), owner->size());
  forget_file_pages(nullptr, owner->data(), owner->size());
  EXPECT_EQ(*owner, content);
}

TEST(MappedFile, RefusesWhatIsNotARegularFile) {
  EXPECT_THAT(MappedFile::open("/dev/null"),
              FailsWith(StatusCode::kFailedPrecondition, "/dev/null"));
  EXPECT_THAT(MappedFile::open("/tmp"), FailsWith(StatusCode::kInvalidArgument, "/tmp"));
  EXPECT_THAT(MappedFile::open("/no/such"), FailsWith(StatusCode::kNotFound, "/no/such"));
}

TEST(WriteFileAtomically, WritesNewFilesAndReplacesOldOnes) {
  const TempDir dir;
  const std::string path = dir.file("x");
  ASSERT_THAT(write_file_atomically(path, "one"), IsOk());
  ASSERT_THAT(write_file_atomically(path, "two"), IsOk());
  EXPECT_EQ(content_of(path), "two");
  EXPECT_EQ(*list_directory(dir.path()), std::vector<std::string>{"x"});
}

TEST(WriteFileAtomically, WorksInTheCurrentFolder) {
  const TempDir dir;
  const std::string before(std::filesystem::current_path());
  ASSERT_EQ(::chdir(dir.path().c_str()), 0);
  EXPECT_THAT(write_file_atomically("bare-name", "x"), IsOk());
  ASSERT_EQ(::chdir(before.c_str()), 0);
  EXPECT_EQ(content_of(dir.file("bare-name")), "x");
}

TEST(WriteFileAtomically, KeepsThePermissionsOfTheOldFile) {
  const TempDir dir;
  const std::string path = dir.write("x", "old");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  ASSERT_THAT(write_file_atomically(path, "new"), IsOk());
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

TEST(WriteFileAtomically, FollowsASymbolicLink) {
  const TempDir dir;
  const std::string target = dir.write("target", "old");
  ASSERT_EQ(::symlink(target.c_str(), dir.file("link").c_str()), 0);
  ASSERT_THAT(write_file_atomically(dir.file("link"), "new"), IsOk());
  EXPECT_EQ(content_of(target), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(dir.file("link")));
}

TEST(WriteFileAtomically, TakesTheLongestNames) {
  const TempDir dir;
  EXPECT_THAT(write_file_atomically(dir.file(std::string(255, 'n')), "x"), IsOk());
  EXPECT_FALSE(write_file_atomically(dir.file(std::string(256, 'n')), "x").ok());
}

TEST(WriteFileAtomically, DoesNotReplaceDevicesOrFolders) {
  const TempDir dir;
  EXPECT_THAT(write_file_atomically("/dev/null", "x"),
              FailsWith(StatusCode::kFailedPrecondition, "/dev/null"));
  EXPECT_THAT(write_file_atomically(dir.path(), "x"),
              FailsWith(StatusCode::kFailedPrecondition, dir.path()));
}

TEST(WriteFileAtomically, NamesAMissingFolder) {
  EXPECT_THAT(write_file_atomically("/no/such/x", "x"),
              FailsWith(StatusCode::kNotFound, "/no/such/x"));
}

/// Makes every write past `bytes` in a file fail with EFBIG while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    ::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int) = nullptr;
};

TEST(WriteFileAtomically, KeepsTheOldFileWhenWritingFails) {
  const TempDir dir;
  const std::string path = dir.write("model", "the old model");
  Status outcome;
  {
    const FileSizeLimit limit(1000);
    outcome = write_file_atomically(path, std::string(100'000, 'n'));
  }
  EXPECT_THAT(outcome, FailsWith(StatusCode::kResourceExhausted, path));
  EXPECT_EQ(content_of(path), "the old model");
  EXPECT_EQ(*list_directory(dir.path()), std::vector<std::string>{"model"});
}

TEST(AtomicFileWriter, KeepsTheOldFileWhenTheDiskIsFull) {
  const TempDir dir;
  if (::mount("none", dir.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "needs the right to mount a small tmpfs";
  }
  const std::string path = dir.write("model", "the old model");
  {
    Result<AtomicFileWriter> writer = AtomicFileWriter::create(path);
    ASSERT_THAT(writer, IsOk());
    const std::string piece(700'000, 'n');
    EXPECT_THAT(writer->append(piece), IsOk());
    const Status full = writer->append(piece);
    EXPECT_THAT(full, FailsWith(StatusCode::kResourceExhausted, "No space left"));
    EXPECT_EQ(writer->append("small").to_string(), full.to_string());
    EXPECT_EQ(writer->commit().to_string(), full.to_string());
  }
  EXPECT_EQ(content_of(path), "the old model");
  EXPECT_EQ(*list_directory(dir.path()), std::vector<std::string>{"model"});
  ASSERT_EQ(::umount(dir.path().c_str()), 0);
}

TEST(AtomicFileWriter, ReportsAFolderThatMayNotBeWritten) {
  const TempDir dir;
  ASSERT_EQ(::chmod(dir.path().c_str(), 0555), 0);
  constexpr uid_t kNobody = 65534;
  const bool root = ::geteuid() == 0;  // whom permissions do not stop
  if (root) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const Status outcome = write_file_atomically(dir.file("x"), "x");
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
  EXPECT_THAT(outcome, FailsWith(StatusCode::kPermissionDenied, dir.file("x")));
}

TEST(AtomicFileWriter, StreamsPiecesOfAllSizesInOrder) {
  const TempDir dir;
  Result<AtomicFileWriter> writer = AtomicFileWriter::create(dir.file("x"));
  ASSERT_THAT(writer, IsOk());
  std::string expected;
  for (const std::size_t size : {1u, 200'000u, 0u, 100'000u, 700'000u, 3u}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    ASSERT_THAT(writer->append(piece), IsOk());
    expected += piece;
  }
  EXPECT_EQ(writer->bytes_written(), expected.size());
  EXPECT_FALSE(file_exists(dir.file("x")));
  ASSERT_THAT(writer->commit(), IsOk());
  EXPECT_EQ(content_of(dir.file("x")), expected);
  EXPECT_THAT(writer->commit(), FailsWith(StatusCode::kFailedPrecondition, "twice"));
}

TEST(AtomicFileWriter, LeavesNothingBehindWithoutCommit) {
  const TempDir dir;
  {
    Result<AtomicFileWriter> writer = AtomicFileWriter::create(dir.file("x"));
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT(writer->append("half"), IsOk());
  }
  EXPECT_TRUE(list_directory(dir.path())->empty());
}

}  // namespace
}  // namespace tern
