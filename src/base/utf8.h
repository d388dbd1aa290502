// UTF-8 in text that may hold anything.
#pragma once

#include <cstddef>
#include <string_view>

namespace tern {

/// The length of the UTF-8 sequence at the start of `text`, which is not empty, or 0 when it is
/// none (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).
std::size_t utf8_length(std::string_view text);

}  // namespace tern
