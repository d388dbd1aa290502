// Text inside HTML.
#pragma once

#include <string>
#include <string_view>

namespace tern {

/// `text` with &, <, >, and quotes written as entities: safe between tags and in quoted attributes.
std::string html_escaped(std::string_view text);

}  // namespace tern
