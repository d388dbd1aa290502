// Files of class names: one name a line, in the order of the scores.
#pragma once

#include <string>
#include <vector>

#include "tern/status.h"

namespace tern::serve {

/// The lines of a file, without white space at their ends; empty lines at the end of the file do
/// not count. kNotFound, kResourceExhausted over 16 MiB.
Result<std::vector<std::string>> read_labels(const std::string& path);

}  // namespace tern::serve
