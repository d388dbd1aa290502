// Base64 (RFC 4648, section 4), for bytes in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tern::serve {

/// Nothing for text that is no base64: other characters, a wrong length, bits that are no byte.
/// Padding may be left out.
std::optional<std::string> decode_base64(std::string_view text);

std::string encode_base64(std::string_view bytes);

}  // namespace tern::serve
