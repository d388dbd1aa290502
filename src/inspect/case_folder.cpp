#include "inspect/case_folder.h"

#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "import/onnx/tensor_proto.h"
#include "import/onnx/value_proto.h"

namespace tern::inspect {
namespace {

constexpr int kMaxDepth = 16;  // of folders below the one named

Status read_tolerances(const std::string& path, CaseFolder& folder) {
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  Result<JsonValue> json = parse_json(text);
  if (!json.ok()) return json.status().with_context(path);
  const auto number = [&](std::string_view name) -> std::optional<double> {
    const JsonValue* value = json->find(name);
    return value == nullptr ? std::nullopt : value->as_number();
  };
  folder.rtol = number("rtol");
  folder.atol = number("atol");
  return {};
}

Result<CaseFolder> read_case(const std::string& folder, std::string_view model) {
  CaseFolder found{.name = std::string(base_name(folder)), .model = join_path(folder, model)};
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> names, list_directory(folder));
  for (const std::string& name : names) {
    const std::string path = join_path(folder, name);
    if (name.starts_with("test_data_set_") && is_directory(path)) found.data_sets.push_back(path);
    if (name == "data.json") TERN_TRY(read_tolerances(path, found));
  }
  return found;
}

Status collect(const std::string& path, int depth, std::vector<CaseFolder>& cases) {
  if (depth > kMaxDepth)
    return invalid_argument("{}: folders nest deeper than {}", path, kMaxDepth);
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> names, list_directory(path));
  const bool has_data = std::ranges::any_of(
      names, [](const std::string& name) { return name.starts_with("test_data_set_"); });
  if (has_data) {
    // model.onnx, or whatever one model lies there.
    const auto is_model = [](const std::string& name) { return file_extension(name) == ".onnx"; };
    auto model = std::ranges::find(names, "model.onnx");
    if (model == names.end()) model = std::ranges::find_if(names, is_model);
    if (model != names.end()) {
      TERN_ASSIGN_OR_RETURN(CaseFolder found, read_case(path, *model));
      cases.push_back(std::move(found));
      return {};
    }
  }
  for (const std::string& name : names) {
    const std::string child = join_path(path, name);
    if (is_directory(child)) TERN_TRY(collect(child, depth + 1, cases));
  }
  return {};
}

Result<std::vector<Tensor>> read_numbered(const std::string& folder, std::string_view prefix,
                                          std::span<const IoInfo> infos) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0;; ++i) {
    const std::string path = join_path(folder, fmt::format("{}_{}.pb", prefix, i));
    if (!file_exists(path)) return tensors;
    const DType kind = i < infos.size() ? infos[i].type.dtype : DType::kUndefined;
    TERN_ASSIGN_OR_RETURN(Tensor value, onnx::read_value_proto(path, kind));
    tensors.push_back(std::move(value));
  }
}

Status write_numbered(const std::string& folder, std::string_view prefix,
                      const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string path = join_path(folder, fmt::format("{}_{}.pb", prefix, i));
    TERN_TRY(onnx::write_tensor_proto(path, tensors[i]));
  }
  return {};
}

}  // namespace

Result<std::vector<CaseFolder>> find_cases(const std::string& path) {
  std::vector<CaseFolder> cases;
  if (!is_directory(path)) {
    if (!file_exists(path)) return not_found("{}: no such file or folder", path);
    const std::string folder(parent_path(path));
    TERN_ASSIGN_OR_RETURN(CaseFolder found,
                          read_case(folder.empty() ? "." : folder, base_name(path)));
    cases.push_back(std::move(found));
    return cases;
  }
  TERN_TRY(collect(path, 0, cases));
  if (cases.empty()) {
    return not_found("{}: no folder with a model and test_data_set_* in it", path);
  }
  return cases;
}

Result<DataSet> read_data_set(const std::string& path, std::span<const IoInfo> inputs,
                              std::span<const IoInfo> outputs) {
  DataSet set{.path = path};
  TERN_ASSIGN_OR_RETURN(set.inputs, read_numbered(path, "input", inputs));
  TERN_ASSIGN_OR_RETURN(set.outputs, read_numbered(path, "output", outputs));
  return set;
}

Status write_data_set(const DataSet& set) {
  TERN_TRY(make_directories(set.path));
  TERN_TRY(write_numbered(set.path, "input", set.inputs));
  return write_numbered(set.path, "output", set.outputs);
}

}  // namespace tern::inspect
