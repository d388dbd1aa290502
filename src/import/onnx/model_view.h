// The structure of an ONNX file as views into its bytes: what the importer works on. Names and
// tensor data stay where they are in the file; only lists of numbers are decoded. The views live as
// long as the bytes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "import/onnx/wire_reader.h"
#include "tern/status.h"

namespace tern::onnx {

struct GraphView;

/// Bodies inside bodies: If in Loop in If ... A file with more levels is refused.
inline constexpr int kMaxNesting = 32;

/// AttributeProto.AttributeType.
enum class AttributeType : int {
  kUndefined = 0,
  kFloat = 1,
  kInt = 2,
  kString = 3,
  kTensor = 4,
  kGraph = 5,
  kFloats = 6,
  kInts = 7,
  kStrings = 8,
  kTensors = 9,
  kGraphs = 10,
  kSparseTensor = 11,
  kSparseTensors = 12,
  kTypeProto = 13,
  kTypeProtos = 14,
};
std::string_view to_string(AttributeType type);

struct AttributeView {
  std::string_view name;
  std::string_view reference;  // of a node in a function: the function's attribute it stands for
  AttributeType type = AttributeType::kUndefined;
  float f = 0;
  std::int64_t i = 0;
  std::string_view s;
  Bytes tensor;  // TensorProto, or SparseTensorProto for kSparseTensor
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
  std::vector<std::string_view> strings;
  std::shared_ptr<const GraphView> graph;
};

struct NodeView {
  std::string_view name;
  std::string_view op_type;
  std::string_view domain;  // "ai.onnx" for the default one
  std::string_view overload;
  std::vector<std::string_view> inputs;   // "" where left out
  std::vector<std::string_view> outputs;  // "" where not wanted
  std::vector<AttributeView> attributes;

  const AttributeView* attribute(std::string_view wanted) const;
  /// For messages: its name, or what it makes when it has none.
  std::string described() const;
};

/// A name with the serialized message that belongs to it.
struct NamedBytes {
  std::string_view name;
  Bytes bytes;
};

struct GraphView {
  std::string_view name;
  std::string_view doc_string;
  std::vector<NodeView> nodes;
  std::vector<NamedBytes> inputs;               // ValueInfoProto
  std::vector<NamedBytes> outputs;              // ValueInfoProto
  std::vector<NamedBytes> value_info;           // ValueInfoProto
  std::vector<NamedBytes> initializers;         // TensorProto
  std::vector<NamedBytes> sparse_initializers;  // SparseTensorProto
};

/// Operator versions by domain, "ai.onnx" for the default one.
using OpsetImports = std::vector<std::pair<std::string_view, std::int64_t>>;

/// A model-local function.
struct FunctionView {
  std::string_view domain;
  std::string_view name;
  std::string_view overload;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<std::string_view> attributes;  // without a default
  std::vector<AttributeView> defaults;
  std::vector<NodeView> nodes;
  std::vector<NamedBytes> value_info;
  OpsetImports opsets;
};

/// Domain, name, overload.
using FunctionKey = std::tuple<std::string_view, std::string_view, std::string_view>;

struct ModelView {
  std::int64_t ir_version = 0;
  std::string_view producer_name;
  std::string_view producer_version;
  std::string_view domain;
  std::string_view doc_string;
  std::int64_t model_version = 0;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  OpsetImports opsets;
  std::map<FunctionKey, FunctionView> functions;
  GraphView graph;

  /// The model's own function that a node calls, null when it is an operator.
  const FunctionView* function_of(const NodeView& node) const;
};

/// Reads the structure of a serialized ModelProto. kDataLoss for broken bytes, kInvalidArgument for
/// a structure that no model may have (a node without an operator, too deep nesting).
Result<ModelView> parse_model(Bytes file);

/// The opset of `domain`, 0 when it is not imported.
std::int64_t opset_version(const OpsetImports& imports, std::string_view domain);

}  // namespace tern::onnx
