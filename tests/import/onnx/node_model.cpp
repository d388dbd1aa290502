#include "tests/import/onnx/node_model.h"

#include <fmt/format.h>

#include <stdexcept>

#include "ops/evaluate.h"

namespace tern::testing {

NodeModel::NodeModel(std::string_view op, std::size_t outputs, std::string_view domain) {
  maker_.import_domain("com.microsoft", 1);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs; ++i) {
    names.push_back(fmt::format("y{}", i));
    maker_.output(names.back());
  }
  NodeMaker made = maker_.node(op, {}, std::move(names)).name("node");
  if (domain != "ai.onnx") made.domain(domain);
}

NodeModel& NodeModel::input(Tensor value) {
  const std::string name = fmt::format("x{}", node().input_size());
  DeclaredShape shape;
  std::vector<std::string> symbols;
  symbols.reserve(static_cast<std::size_t>(value.shape().rank()));
  for (int axis = 0; axis < value.shape().rank(); ++axis) {
    symbols.push_back(fmt::format("{}_{}", name, axis));
    if (axis + 1 < value.shape().rank()) {
      shape.emplace_back(symbols.back().c_str());
    } else {
      shape.emplace_back(value.shape()[axis]);
    }
  }
  maker_.input(name, value.dtype(), shape);
  node().add_input(name);
  fed_.push_back(std::move(value));
  return *this;
}

NodeModel& NodeModel::constant(Tensor value) {
  const std::string name = fmt::format("w{}", node().input_size());
  onnx_pb::TensorProto& tensor = *maker_.graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(static_cast<int>(value.dtype()));
  for (const std::int64_t size : value.shape()) tensor.add_dims(size);
  tensor.set_raw_data(value.raw(), value.bytes());
  node().add_input(name);
  return *this;
}

NodeModel& NodeModel::none() {
  node().add_input("");
  return *this;
}

NodeModel& NodeModel::integer(std::string_view name, std::int64_t value) {
  NodeMaker(node()).integer(name, value);
  return *this;
}
NodeModel& NodeModel::number(std::string_view name, float value) {
  NodeMaker(node()).number(name, value);
  return *this;
}
NodeModel& NodeModel::text(std::string_view name, std::string_view value) {
  NodeMaker(node()).text(name, value);
  return *this;
}
NodeModel& NodeModel::ints(std::string_view name, std::vector<std::int64_t> values) {
  NodeMaker(node()).ints(name, std::move(values));
  return *this;
}
NodeModel& NodeModel::floats(std::string_view name, std::vector<float> values) {
  NodeMaker(node()).floats(name, std::move(values));
  return *this;
}

Result<Graph> NodeModel::import() const { return maker_.import(); }

std::string NodeModel::operators() const { return testing::operators(maker_.import_ok()); }

std::vector<Tensor> NodeModel::run() const {
  Result<std::vector<Tensor>> outputs = evaluate(maker_.import_ok(), fed_);
  if (!outputs.ok()) throw std::runtime_error(outputs.status().to_string());
  return std::move(*outputs);
}

}  // namespace tern::testing
