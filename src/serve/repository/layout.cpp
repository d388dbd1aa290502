#include "serve/repository/layout.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"

namespace tern::serve {
namespace {

constexpr std::string_view kModelName = "model.onnx";
constexpr std::string_view kExtension = ".onnx";

// "3" is version 3; "03", "+3" and "latest" are none.
std::optional<std::int64_t> parse_version(std::string_view name) {
  if (name.empty() || name[0] < '1' || name[0] > '9') return std::nullopt;
  return parse_int(name);
}

// The versions of the model that the folder `path` is; none when it is no model.
Result<std::vector<ModelFile>> versions_in(const std::string& name, const std::string& path) {
  std::vector<ModelFile> found;
  if (std::string file = join_path(path, kModelName); file_exists(file) && !is_directory(file)) {
    found.push_back({name, 1, std::move(file)});
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> entries, list_directory(path));
  for (const std::string& entry : entries) {
    const std::optional<std::int64_t> version = parse_version(entry);
    if (!version) continue;
    std::string file = join_path(join_path(path, entry), kModelName);
    if (!file_exists(file) || is_directory(file)) continue;
    if (!found.empty() && found[0].version == *version) {
      return already_exists("{}: both {} and {} are version {} of model {}", path, found[0].path,
                            file, *version, name);
    }
    found.push_back({name, *version, std::move(file)});
  }
  return found;
}

std::string folder_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(base_name(path));
}

}  // namespace

Result<std::vector<ModelFile>> find_models(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const FileInfo info, file_info(path));
  if (!info.is_directory) {
    const std::string_view name = base_name(path);
    return std::vector<ModelFile>{
        {std::string(name.substr(0, name.size() - file_extension(path).size())), 1, path}};
  }
  TERN_ASSIGN_OR_RETURN(std::vector<ModelFile> found, versions_in(folder_name(path), path));
  if (found.empty()) {
    TERN_ASSIGN_OR_RETURN(const std::vector<std::string> entries, list_directory(path));
    for (const std::string& entry : entries) {
      if (entry.starts_with('.')) continue;
      const std::string inside = join_path(path, entry);
      if (is_directory(inside)) {
        TERN_ASSIGN_OR_RETURN(std::vector<ModelFile> versions, versions_in(entry, inside));
        std::ranges::move(versions, std::back_inserter(found));
      } else if (entry.ends_with(kExtension)) {
        found.push_back({entry.substr(0, entry.size() - kExtension.size()), 1, inside});
      }
    }
  }
  if (found.empty()) {
    return not_found("{}: no model: neither NAME{} nor NAME/{} nor NAME/1/{} is there", path,
                     kExtension, kModelName, kModelName);
  }
  const auto key = [](const ModelFile& file) { return std::tie(file.name, file.version); };
  std::ranges::sort(found, {}, key);
  const auto twice = std::ranges::adjacent_find(found, {}, key);
  if (twice != found.end()) {
    return already_exists("{}: both {} and {} are version {} of model {}", path, twice->path,
                          (twice + 1)->path, twice->version, twice->name);
  }
  return found;
}

}  // namespace tern::serve
