#include "serve/repository/layout.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"

namespace tern::serve {
namespace {

constexpr std::string_view kModelName = "model.onnx";
constexpr std::string_view kConfigName = "config.pbtxt";
constexpr std::string_view kExtension = ".onnx";

// "3" is version 3; "03", "+3" and "latest" are none.
std::optional<std::int64_t> parse_version(std::string_view name) {
  if (name.empty() || name[0] < '1' || name[0] > '9') return std::nullopt;
  return parse_int(name);
}

bool is_file(const std::string& path) { return file_exists(path) && !is_directory(path); }

std::string stamp_of(const std::string& path) {
  const Result<FileInfo> info = file_info(path);
  if (!info.ok()) return "-";
  return fmt::format("{} {} {};", path, info->bytes, info->modified_ns);
}

Result<ModelConfig> read_config(const std::string& path) {
  constexpr std::uint64_t kMaxBytes = 1 << 20;
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxBytes));
  return parse_model_config(text, path);
}

// Fills model.versions by its configuration.
Status find_versions(ModelFolder& model) {
  model.versions.clear();
  const bool ensemble = model.config != nullptr && !model.config->ensemble.empty();
  const std::string filename =
      model.config != nullptr ? model.config->filename : std::string(kModelName);
  const auto add = [&](std::int64_t version, std::string path) {
    std::string stamp = ensemble ? std::string() : stamp_of(path);
    model.versions.push_back(
        {model.name, version, std::move(path), model.folder, model.config, std::move(stamp)});
  };
  std::string plain = join_path(model.folder, filename);
  if (!ensemble && is_file(plain)) add(1, std::move(plain));
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> entries, list_directory(model.folder));
  for (const std::string& entry : entries) {
    const std::optional<std::int64_t> version = parse_version(entry);
    if (!version) continue;
    std::string path = join_path(model.folder, entry);
    if (ensemble) {
      if (is_directory(path)) add(*version, std::move(path));
      continue;
    }
    path = join_path(path, filename);
    if (!is_file(path)) continue;
    if (!model.versions.empty() && model.versions[0].version == *version) {
      return already_exists("{}: both {} and {} are version {} of model {}", model.folder,
                            model.versions[0].path, path, *version, model.name);
    }
    add(*version, std::move(path));
  }
  if (ensemble && model.versions.empty()) add(1, model.folder);
  std::ranges::sort(model.versions, {}, &ModelFile::version);
  return {};
}

// The model that a folder is; none when it is no model.
std::optional<ModelFolder> read_folder(const std::string& name, const std::string& folder) {
  ModelFolder model{.name = name, .folder = folder};
  const std::string config_path = join_path(folder, kConfigName);
  const bool has_config = is_file(config_path);
  if (has_config) {
    model.stamp = stamp_of(config_path);
    Result<ModelConfig> config = read_config(config_path);
    if (config.ok() && !config->name.empty() && config->name != name) {
      config = invalid_argument("{}: name is '{}', and the folder '{}'", config_path, config->name,
                                name);
    }
    if (config.ok()) {
      model.config = std::make_shared<const ModelConfig>(std::move(*config));
    } else {
      model.status = config.status();
    }
  }
  Status status = find_versions(model);
  if (status.ok() && model.versions.empty()) {
    if (!has_config) return std::nullopt;
    status = not_found("{}: there is no version: no {} and no 1/{}", folder,
                       model.config != nullptr ? model.config->filename : kModelName,
                       model.config != nullptr ? model.config->filename : kModelName);
  }
  if (model.status.ok()) model.status = std::move(status);
  for (const ModelFile& file : model.versions) {
    model.stamp += fmt::format("{} {}", file.version, file.stamp);
  }
  if (model.config != nullptr) {
    for (const TensorConfig& output : model.config->outputs) {
      if (output.label_filename.empty()) continue;
      model.stamp += stamp_of(join_path(folder, output.label_filename));
    }
  }
  return model;
}

ModelFolder bare_file(std::string name, const std::string& path) {
  ModelFolder model{.name = std::move(name), .stamp = stamp_of(path)};
  model.versions.push_back({.name = model.name, .path = path, .stamp = model.stamp});
  return model;
}

std::string folder_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(base_name(path));
}

}  // namespace

Result<std::vector<ModelFolder>> find_models(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const FileInfo info, file_info(path));
  std::vector<ModelFolder> found;
  if (!info.is_directory) {
    const std::string_view name = base_name(path);
    found.push_back(
        bare_file(std::string(name.substr(0, name.size() - file_extension(path).size())), path));
    return found;
  }
  if (auto model = read_folder(folder_name(path), path)) {
    found.push_back(std::move(*model));
    return found;
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> entries, list_directory(path));
  for (const std::string& entry : entries) {
    if (entry.starts_with('.')) continue;
    const std::string inside = join_path(path, entry);
    if (is_directory(inside)) {
      if (auto model = read_folder(entry, inside)) found.push_back(std::move(*model));
    } else if (entry.ends_with(kExtension)) {
      found.push_back(bare_file(entry.substr(0, entry.size() - kExtension.size()), inside));
    }
  }
  if (found.empty()) {
    return not_found("{}: no model: neither NAME{} nor NAME/{} nor NAME/1/{} is there", path,
                     kExtension, kModelName, kModelName);
  }
  std::ranges::sort(found, {}, &ModelFolder::name);
  const auto twice = std::ranges::adjacent_find(found, {}, &ModelFolder::name);
  if (twice != found.end()) {
    const auto path_of = [](const ModelFolder& model) {
      return model.versions.empty() ? model.folder : model.versions[0].path;
    };
    return already_exists("{}: both {} and {} are model {}", path, path_of(*twice),
                          path_of(*(twice + 1)), twice->name);
  }
  return found;
}

ModelFolder with_config(const ModelFolder& model, ModelConfig config) {
  ModelFolder changed = model;
  changed.config = std::make_shared<const ModelConfig>(std::move(config));
  if (model.folder.empty()) {
    for (ModelFile& file : changed.versions) file.config = changed.config;
  } else {
    changed.status = find_versions(changed);
  }
  if (changed.status.ok() && changed.versions.empty()) {
    changed.status =
        not_found("model {} has no version with a file {}", model.name, changed.config->filename);
  }
  return changed;
}

}  // namespace tern::serve
