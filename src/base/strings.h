// Small operations on text: splitting, whole-string number parsing, and numbers for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// The pieces of `text` between separators; "a,,b" has three, "" has one. Views into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Without spaces, tabs, carriage returns and newlines at both ends. A view into `text`.
std::string_view trim(std::string_view text);
/// ASCII letters in lower case, other bytes as they are.
std::string to_lower(std::string_view text);
std::string join(std::span<const std::string> pieces, std::string_view separator);

/// The number that the whole of `text` spells, or nullopt: no spaces, no trailing characters, no
/// silent clamping. A leading '+' is accepted.
std::optional<std::int64_t> parse_int(std::string_view text);
/// Also inf and nan, in any case. Decimal point only, whatever the locale. Values beyond the range
/// of a double are nullopt.
std::optional<double> parse_double(std::string_view text);

/// "512 B", "1.5 KiB", "20 GiB": at most three significant digits, powers of 1024.
std::string format_bytes(std::uint64_t bytes);
/// "850 ns", "1.25 ms", "4.2 s", "3 min 07 s", "2 h 05 min".
std::string format_duration(std::chrono::nanoseconds duration);
/// "950", "12.3k", "4.56M": counts and rates in at most three significant digits.
std::string format_count(double count);

/// How many insertions, deletions and substitutions of bytes turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate that `wrong` was probably meant to be, for "did you mean ...?"; nullopt when none
/// is near (more than a third of its letters differ). Letter case counts for nothing.
std::optional<std::string_view> nearest(std::string_view wrong,
                                        std::span<const std::string_view> candidates);

}  // namespace tern
