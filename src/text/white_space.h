// White space in UTF-8 text: Unicode's property White_Space.
#pragma once

#include <cstddef>
#include <string_view>

namespace tern::text {

/// Bytes of the white space character at the start of `text`, 0 when there is none.
std::size_t space_length(std::string_view text);

}  // namespace tern::text
