// ProgressBar: tells a person how far a long task is. On a terminal one line that redraws itself,
// elsewhere a plain line now and then; nothing at all for tasks shorter than two seconds.
//
//   SystemClock clock;
//   ProgressBar bar(clock, {.label = "epoch 1", .unit = "images", .total = 1437});
//   bar.advance(batch);                   // epoch 1  42 % [=======>     ] 604/1437 images  3.1k/s
//   ... bar.set_note("loss 0.31");
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"

namespace tern {

/// Every method may be called from several threads.
class ProgressBar {
 public:
  struct Options {
    std::string label;
    std::string unit;                        // "images", "cases"; may be empty
    std::int64_t total = 0;                  // 0 when unknown: count and rate only
    std::FILE* out = stderr;                 // not owned
    std::optional<bool> terminal;            // asks the system when not given
    int columns = 0;                         // of the terminal; 0 asks the system
    std::chrono::milliseconds silent{2000};  // shows nothing before
    std::chrono::milliseconds redraw_every{100};
    std::chrono::milliseconds line_every{10'000};  // when not a terminal
  };

  /// `clock` must outlive the bar.
  ProgressBar(Clock& clock, Options options);
  /// finish(), if that was not called.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void advance(std::int64_t steps = 1) TERN_EXCLUDES(mu_);
  /// Shown at the end of the line from the next drawing on.
  void set_note(std::string note) TERN_EXCLUDES(mu_);
  /// Draws the last state, if anything was drawn, and ends the line.
  void finish() TERN_EXCLUDES(mu_);
  /// Takes the line off the terminal so that other output can stand there; the next advance()
  /// redraws it.
  void clear_line() TERN_EXCLUDES(mu_);

 private:
  void draw_if_due() TERN_REQUIRES(mu_);
  void draw() TERN_REQUIRES(mu_);
  std::string line() const TERN_REQUIRES(mu_);

  Clock& clock_;
  const Options options_;
  const bool terminal_;
  const Clock::TimePoint started_;
  mutable Mutex mu_;
  Clock::TimePoint next_draw_ TERN_GUARDED_BY(mu_);
  std::int64_t done_ TERN_GUARDED_BY(mu_) = 0;
  std::string note_ TERN_GUARDED_BY(mu_);
  bool drawn_ TERN_GUARDED_BY(mu_) = false;
  bool finished_ TERN_GUARDED_BY(mu_) = false;
};

}  // namespace tern
