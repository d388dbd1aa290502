// ModelMaker: small ONNX models for tests, written with protobuf's classes.
//
//   ModelMaker m(13);
//   m.input("x", DType::kF32, {2, 3});
//   m.node("Softmax", {"x"}, {"y"}).ints("axes", {1});
//   m.output("y");
//   Result<Graph> graph = m.import();
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "import/onnx/import_onnx.h"
#include "proto/onnx.pb.h"
#include "tern/graph.h"

namespace tern::testing {

/// A size of a declared type: a number or the name of a symbol.
struct DeclaredDim {
  DeclaredDim(std::int64_t size) : value(size) {}    // NOLINT: implicit by design
  DeclaredDim(const char* symbol) : name(symbol) {}  // NOLINT
  std::int64_t value = 0;
  std::string name;
};
using DeclaredShape = std::vector<DeclaredDim>;

class NodeMaker {
 public:
  explicit NodeMaker(onnx_pb::NodeProto& node) : node_(node) {}

  NodeMaker& name(std::string_view text);
  NodeMaker& domain(std::string_view text);
  NodeMaker& integer(std::string_view name, std::int64_t value);
  NodeMaker& number(std::string_view name, float value);
  NodeMaker& text(std::string_view name, std::string_view value);
  NodeMaker& ints(std::string_view name, std::vector<std::int64_t> values);
  NodeMaker& floats(std::string_view name, std::vector<float> values);
  /// An attribute to fill in by hand.
  onnx_pb::AttributeProto& attribute(std::string_view name,
                                     onnx_pb::AttributeProto::AttributeType type);
  onnx_pb::NodeProto& proto() { return node_; }

 private:
  onnx_pb::NodeProto& node_;
};

/// Appends to any GraphProto, FunctionProto nodes or body.
NodeMaker add_node(google::protobuf::RepeatedPtrField<onnx_pb::NodeProto>& nodes,
                   std::string_view op, std::vector<std::string> inputs,
                   std::vector<std::string> outputs);
void declare(onnx_pb::ValueInfoProto& info, std::string_view name, DType dtype,
             const DeclaredShape& shape);
void fill(onnx_pb::TensorProto& to, std::vector<std::int64_t> dims, std::vector<float> values);
void fill(onnx_pb::TensorProto& to, std::vector<std::int64_t> dims,
          std::vector<std::int64_t> values);

class ModelMaker {
 public:
  explicit ModelMaker(std::int64_t opset = 17);

  void input(std::string_view name, DType dtype, const DeclaredShape& shape);
  void output(std::string_view name) { graph().add_output()->set_name(std::string(name)); }
  template <class T>
  void initializer(std::string_view name, std::vector<std::int64_t> dims, std::vector<T> values) {
    onnx_pb::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(std::string(name));
    fill(tensor, std::move(dims), std::move(values));
  }
  NodeMaker node(std::string_view op, std::vector<std::string> inputs,
                 std::vector<std::string> outputs) {
    return add_node(*graph().mutable_node(), op, std::move(inputs), std::move(outputs));
  }
  void import_domain(std::string_view domain, std::int64_t version);

  onnx_pb::ModelProto& proto() { return model_; }
  onnx_pb::GraphProto& graph() { return *model_.mutable_graph(); }
  std::string bytes() const { return model_.SerializeAsString(); }
  Result<Graph> import(const onnx::ImportOptions& options = {}) const;
  /// Throws, which fails the test, when there is none.
  Graph import_ok() const;

 private:
  onnx_pb::ModelProto model_;
};

onnx::Bytes as_bytes(std::string_view text);

/// The one node of `graph` with this operator; throws when there is none.
const Node& find_node(const Graph& graph, std::string_view op);
/// The elements of the constant that is input `i` of `node`; empty when it is none.
std::vector<std::int64_t> ints_of(const Graph& graph, const Node& node, std::size_t i);
/// The operators of the main region in order, joined by spaces.
std::string operators(const Graph& graph);
/// "f32[N,3]"; "?" for what is not known.
std::string describe(const Graph& graph, const TypeInfo& type);
std::string describe(const Graph& graph, std::string_view value);

}  // namespace tern::testing
