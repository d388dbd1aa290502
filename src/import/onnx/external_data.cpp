#include "import/onnx/external_data.h"

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "base/errors.h"
#include "base/strings.h"

namespace tern::onnx {
namespace {

Status check_location(std::string_view location) {
  if (location.empty()) return invalid_argument("external data has no location");
  if (location.find('\0') != std::string_view::npos) {
    return invalid_argument("the location of external data has a zero byte");
  }
  const bool leaves =
      location.front() == '/' ||
      std::ranges::any_of(split(location, '/'), [](std::string_view part) { return part == ".."; });
  if (leaves) {
    return permission_denied("external data '{}' lies outside the model's folder", location);
  }
  return {};
}

Result<std::string> real_path(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) return system_error(errno, path);
  return std::string(resolved);
}

}  // namespace

Result<std::shared_ptr<MappedFile>> ExternalFiles::open(const std::string& location) {
  if (const auto found = files_.find(location); found != files_.end()) return found->second;
  TERN_TRY(check_location(location));
  TERN_ASSIGN_OR_RETURN(std::string folder, real_path(folder_.empty() ? "." : folder_));
  TERN_ASSIGN_OR_RETURN(const std::string path, real_path(join_path(folder, location)));
  if (folder.back() != '/') folder += '/';
  if (!path.starts_with(folder)) {
    return permission_denied("external data '{}' is a link to {}, outside the model's folder",
                             location, path);
  }
  TERN_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
  auto file = share_mapping(std::move(mapped));
  files_.emplace(location, file);
  return file;
}

Result<ExternalFiles::Piece> ExternalFiles::read(std::string_view location, std::int64_t offset,
                                                 std::int64_t length) {
  TERN_ASSIGN_OR_RETURN(const std::shared_ptr<MappedFile> file, open(std::string(location)));
  const auto size = static_cast<std::int64_t>(file->bytes().size());
  if (offset < 0 || offset > size) {
    return data_loss("external data '{}' has {} bytes, the tensor starts at {}", location, size,
                     offset);
  }
  if (length < 0) length = size - offset;
  if (length > size - offset) {
    return data_loss("external data '{}' has {} bytes, the tensor takes {} from {}", location, size,
                     length, offset);
  }
  return Piece{
      file->bytes().subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)),
      file};
}

}  // namespace tern::onnx
