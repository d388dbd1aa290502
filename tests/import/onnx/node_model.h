// NodeModel: a model of one node, for tests of operators that the importer writes with others.
//
//   const auto y = NodeModel("Gelu").input(f32({3}, {-1, 0, 1})).run();
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/import/onnx/model_maker.h"
#include "tests/support/tensors.h"

namespace tern::testing {

class NodeModel {
 public:
  explicit NodeModel(std::string_view op, std::size_t outputs = 1,
                     std::string_view domain = "com.microsoft");

  /// Fed to run(). The file states its rank and its last size; the others are symbols.
  NodeModel& input(Tensor value);
  /// An initializer of the file.
  NodeModel& constant(Tensor value);
  /// An input that is left out.
  NodeModel& none();

  NodeModel& integer(std::string_view name, std::int64_t value);
  NodeModel& number(std::string_view name, float value);
  NodeModel& text(std::string_view name, std::string_view value);
  NodeModel& ints(std::string_view name, std::vector<std::int64_t> values);
  NodeModel& floats(std::string_view name, std::vector<float> values);

  Result<Graph> import() const;
  /// The operators of the imported graph, joined by spaces.
  std::string operators() const;
  /// The outputs by the operators' references; throws, which fails the test, when there are none.
  std::vector<Tensor> run() const;

 private:
  onnx_pb::NodeProto& node() { return *maker_.graph().mutable_node(0); }

  ModelMaker maker_;
  std::vector<Tensor> fed_;
};

}  // namespace tern::testing
