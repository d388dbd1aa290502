#include "tests/conformance/real_models.h"

#include <cstdlib>

#include "base/file.h"
#include "tensor/npy.h"

namespace tern::testing {

void RealModels::SetUp() {
  const char* const root = std::getenv("TERN_TEST_DATA");
  if (root == nullptr || !is_directory(join_path(root, "models"))) {
    GTEST_SKIP() << "TERN_TEST_DATA names no folder with models/ (docs/testing.md)";
  }
  root_ = join_path(root, "models");
}

std::string RealModels::file(std::string_view name) const { return join_path(root_, name); }

std::string RealModels::unpacked(std::string_view name) {
  return join_path(join_path(TERN_UNPACKED_CASES, "models"), name);
}

JsonValue RealModels::json(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text.ok()) {
    ADD_FAILURE() << text.status().to_string();
    return {};
  }
  Result<JsonValue> parsed = parse_json(*text);
  if (!parsed.ok()) {
    ADD_FAILURE() << path << ": " << parsed.status().to_string();
    return {};
  }
  return *std::move(parsed);
}

Tensor RealModels::npy(const std::string& path) {
  Result<Tensor> tensor = read_npy(path);
  if (!tensor.ok()) {
    ADD_FAILURE() << tensor.status().to_string();
    return {};
  }
  return *std::move(tensor);
}

void RealModels::expect_outputs(std::string_view model, const NamedTensors& inputs,
                                const NamedTensors& wanted,
                                const inspect::Tolerance& tolerance) const {
  for (const bool optimize : {true, false}) {
    SCOPED_TRACE(optimize ? "optimised" : "as it is");
    Result<Session> session = Session::load(file(model), {.optimize = optimize});
    ASSERT_TRUE(session.ok()) << session.status().to_string();
    const NamedTensors got = run_by_name(*session, inputs);
    for (const auto& [name, tensor] : wanted) {
      const auto found = got.find(name);
      ASSERT_TRUE(found != got.end()) << "no output " << name;
      expect_close(found->second, tensor, tolerance, name);
    }
  }
}

void RealModels::expect_reference(std::string_view model, std::string_view folder,
                                  const inspect::Tolerance& tolerance) const {
  const JsonValue reference = json(file(join_path(folder, "reference.json")));
  const auto tensors = [&](std::string_view member) {
    NamedTensors found;
    const JsonValue* list = reference.find(member);
    if (list == nullptr || list->as_object() == nullptr) {
      ADD_FAILURE() << folder << "/reference.json has no " << member;
      return found;
    }
    for (const auto& [name, value] : *list->as_object()) {
      const std::string* path = value.as_string();
      if (path != nullptr) found[name] = npy(file(join_path(folder, *path)));
    }
    return found;
  };
  const NamedTensors wanted = tensors("outputs");
  EXPECT_FALSE(wanted.empty());
  expect_outputs(model, tensors("inputs"), wanted, tolerance);
}

NamedTensors run_by_name(Session& session, const NamedTensors& inputs) {
  std::vector<Tensor> ordered;
  for (const IoInfo& info : session.inputs()) {
    const auto found = inputs.find(info.name);
    if (found == inputs.end()) {
      ADD_FAILURE() << "nothing is given for input " << info.name;
      return {};
    }
    ordered.push_back(found->second);
  }
  const Result<std::vector<Tensor>> outputs = session.run(ordered);
  if (!outputs.ok()) {
    ADD_FAILURE() << outputs.status().to_string();
    return {};
  }
  NamedTensors named;
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    named[session.outputs()[i].name] = (*outputs)[i];
  }
  return named;
}

void expect_close(const Tensor& got, const Tensor& want, const inspect::Tolerance& tolerance,
                  std::string_view what) {
  const Status same = inspect::compare(got, want, tolerance);
  EXPECT_TRUE(same.ok()) << what << ": " << same.to_string();
}

}  // namespace tern::testing
