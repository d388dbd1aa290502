// The version of the library.
#pragma once

#include <string_view>

namespace tern {

/// "0.1.0": that of the library linked, semantic versioning.
std::string_view version();

}  // namespace tern
