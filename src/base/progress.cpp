#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace tern {
namespace {

constexpr int kBarWidth = 24;
constexpr int kUsualColumns = 80;
constexpr std::string_view kClearLine = "\r\x1b[K";

int columns_of(std::FILE* out) {
  winsize size{};
  if (::ioctl(::fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

std::string bar(double fraction) {
  const auto filled = static_cast<std::size_t>(fraction * kBarWidth);
  std::string text(filled, '=');
  if (filled < kBarWidth) text += '>';
  text.resize(kBarWidth, ' ');
  return text;
}

/// How many columns the character takes whose UTF-8 begins with `lead`: from U+3000 on mostly two
/// (Chinese, Japanese, Korean, symbols), 0 for the bytes that follow a lead.
int width(unsigned char lead) {
  if ((lead & 0xc0) == 0x80) return 0;
  return lead >= 0xe3 ? 2 : 1;
}

/// As much of `text` as fits into `columns`, so that a redrawn line never wraps.
std::string_view cut(std::string_view text, int columns) {
  std::size_t end = 0;
  for (int shown = 0; end < text.size(); ++end) {
    shown += width(static_cast<unsigned char>(text[end]));
    if (shown > columns) break;
  }
  return text.substr(0, end);
}

void put(std::FILE* out, std::string_view text) { std::fwrite(text.data(), 1, text.size(), out); }

}  // namespace

ProgressBar::ProgressBar(Clock& clock, Options options)
    : clock_(clock),
      options_(std::move(options)),
      terminal_(options_.terminal.value_or(::isatty(::fileno(options_.out)) == 1)),
      started_(clock.now()),
      next_draw_(started_ + options_.silent) {}

ProgressBar::~ProgressBar() { finish(); }

void ProgressBar::advance(std::int64_t steps) {
  const MutexLock lock(mu_);
  done_ += steps;
  draw_if_due();
}

void ProgressBar::set_note(std::string note) {
  const MutexLock lock(mu_);
  note_ = std::move(note);
}

void ProgressBar::finish() {
  const MutexLock lock(mu_);
  if (finished_) return;
  finished_ = true;
  if (!drawn_) return;
  draw();
  if (terminal_) put(options_.out, "\n");
  std::fflush(options_.out);
}

void ProgressBar::clear_line() {
  const MutexLock lock(mu_);
  if (!terminal_ || !drawn_ || finished_) return;
  put(options_.out, kClearLine);
  std::fflush(options_.out);
  next_draw_ = clock_.now();
}

void ProgressBar::draw_if_due() {
  const Clock::TimePoint now = clock_.now();
  if (finished_ || now < next_draw_) return;
  draw();
  next_draw_ = now + (terminal_ ? options_.redraw_every : options_.line_every);
}

void ProgressBar::draw() {
  const std::string text = line();
  if (terminal_) {
    const int columns = options_.columns > 0 ? options_.columns : columns_of(options_.out);
    put(options_.out, kClearLine);
    put(options_.out, cut(text, columns - 1));  // the last column makes some terminals wrap
  } else {
    put(options_.out, text);
    put(options_.out, "\n");
  }
  std::fflush(options_.out);
  drawn_ = true;
}

std::string ProgressBar::line() const {
  const std::chrono::duration<double> elapsed = clock_.now() - started_;
  const double rate = elapsed.count() > 0 ? static_cast<double>(done_) / elapsed.count() : 0;
  std::string text = options_.label;
  if (options_.total > 0) {
    const double fraction =
        std::clamp(static_cast<double>(done_) / static_cast<double>(options_.total), 0.0, 1.0);
    text += fmt::format(" {:3} %", static_cast<int>(fraction * 100));
    if (terminal_) text += fmt::format(" [{}]", bar(fraction));
    text += fmt::format(" {}/{}", done_, options_.total);
  } else {
    text += fmt::format(" {}", done_);
  }
  if (!options_.unit.empty()) text += ' ' + options_.unit;
  text += fmt::format("  {}/s", format_count(rate));
  const auto whole_seconds = [](double s) {
    return format_duration(std::chrono::seconds(static_cast<std::int64_t>(s + 0.5)));
  };
  if (!finished_ && options_.total > done_ && rate > 0) {
    const double left = static_cast<double>(options_.total - done_) / rate;
    if (left < 1e9) text += fmt::format("  {} left", whole_seconds(left));
  } else {
    text += fmt::format("  {}", whole_seconds(elapsed.count()));
  }
  if (!note_.empty()) text += "  " + note_;
  return text;
}

}  // namespace tern
