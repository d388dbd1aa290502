#include "serve/repository/labels.h"

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"

namespace tern::serve {

Result<std::vector<std::string>> read_labels(const std::string& path) {
  constexpr std::uint64_t kMaxBytes = 16 << 20;
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxBytes));
  std::vector<std::string> labels;
  for (const std::string_view line : split(text, '\n')) labels.emplace_back(trim(line));
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  return labels;
}

}  // namespace tern::serve
