// Text from outside (names in a model, requests) on its way to a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace tern {

/// `text` with control characters, of Unicode too, and bytes that are not UTF-8 written as \x1b, so
/// that it can neither drive a terminal nor forge a line.
std::string printable_line(std::string_view text);
/// The same, but line ends stay.
std::string printable_text(std::string_view text);

}  // namespace tern
