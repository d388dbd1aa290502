#include "base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"

namespace tern {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using testing::FakeClock;
using ::testing::HasSubstr;

/// A FILE that writes into a string.
class MemoryFile {
 public:
  MemoryFile() : file_(::open_memstream(&data_, &size_)) {}
  ~MemoryFile() {
    std::fclose(file_);
    std::free(data_);
  }
  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    return std::string(data_, size_);
  }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

TEST(ProgressBar, SaysNothingForAShortTask) {
  FakeClock clock;
  MemoryFile out;
  {
    ProgressBar bar(clock, {.label = "x", .total = 10, .out = out.file(), .terminal = true});
    clock.advance(milliseconds(1900));
    bar.advance(10);
  }
  EXPECT_EQ(out.text(), "");
}

TEST(ProgressBar, RedrawsOneLineOnATerminal) {
  FakeClock clock;
  MemoryFile out;
  ProgressBar bar(clock, {.label = "epoch 1",
                          .unit = "images",
                          .total = 100,
                          .out = out.file(),
                          .terminal = true,
                          .columns = 200});
  clock.advance(seconds(5));
  bar.set_note("loss 0.5");
  bar.advance(25);
  EXPECT_EQ(out.text(),
            "\r\x1b[K"
            "epoch 1  25 % [======>                 ] 25/100 images  5/s  15 s left  loss 0.5");
  bar.advance(1);  // not yet due
  EXPECT_THAT(out.text(), EndsWith("loss 0.5"));
  clock.advance(seconds(5));
  bar.advance(74);
  bar.finish();
  EXPECT_THAT(out.text(),
              EndsWith("\r\x1b[Kepoch 1 100 % [========================] 100/100 images  10/s  "
                       "10 s  loss 0.5\n"));
}

TEST(ProgressBar, PrintsPlainLinesElsewhere) {
  FakeClock clock;
  MemoryFile out;
  {
    ProgressBar bar(clock, {.label = "verify", .total = 4, .out = out.file(), .terminal = false});
    for (int i = 0; i < 4; ++i) {
      clock.advance(seconds(6));
      bar.advance();
    }
  }
  EXPECT_EQ(out.text(),
            "verify  25 % 1/4  0.17/s  18 s left\n"
            "verify  75 % 3/4  0.17/s  6 s left\n"
            "verify 100 % 4/4  0.17/s  24 s\n");
}

TEST(ProgressBar, CountsWhenTheTotalIsUnknown) {
  FakeClock clock;
  MemoryFile out;
  ProgressBar bar(clock, {.label = "read", .unit = "rows", .out = out.file(), .terminal = false});
  clock.advance(seconds(10));
  bar.advance(20'000);
  EXPECT_EQ(out.text(), "read 20000 rows  2k/s  10 s\n");
}

TEST(ProgressBar, NeverWrapsALine) {
  FakeClock clock;
  MemoryFile out;
  ProgressBar bar(
      clock,
      {.label = "数字数字数字", .total = 9, .out = out.file(), .terminal = true, .columns = 5});
  clock.advance(seconds(3));
  bar.advance();
  EXPECT_EQ(out.text(), "\r\x1b[K数字");  // two columns each
}

TEST(ProgressBar, MakesRoomForOtherOutput) {
  FakeClock clock;
  MemoryFile out;
  ProgressBar bar(clock, {.label = "x", .total = 9, .out = out.file(), .terminal = true});
  clock.advance(seconds(3));
  bar.advance();
  bar.clear_line();
  EXPECT_THAT(out.text(), EndsWith("\r\x1b[K"));
  bar.advance();
  EXPECT_THAT(out.text(), HasSubstr("2/9"));
}

TEST(ProgressBar, CountsTheStepsOfAllThreads) {
  FakeClock clock;
  MemoryFile out;
  ProgressBar bar(clock, {.label = "x", .total = 4000, .out = out.file(), .terminal = false});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) bar.advance();
      });
    }
  }
  clock.advance(seconds(3));
  bar.advance(0);
  EXPECT_THAT(out.text(), HasSubstr("4000/4000"));
}

}  // namespace
}  // namespace tern
