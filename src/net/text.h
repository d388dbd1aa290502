// The few operations on text that HTTP needs: case, blanks, percent-encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::net {

/// `text` without spaces and tabs at its ends.
std::string_view trim_blanks(std::string_view text);

/// `text` with every %XX replaced by its byte, and '+' by a space when `plus_is_space`. Nothing
/// when an escape is malformed or stands for the byte 0.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// `text` with every byte outside A-Z a-z 0-9 - . _ ~ written as %XX.
std::string percent_encode(std::string_view text);

/// The decoded name=value pairs of "a=1&b=x%20y"; nothing when an escape is malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace tern::net
