#include "import/onnx/model_view.h"

#include <algorithm>
#include <array>

#include "base/errors.h"

namespace tern::onnx {
namespace {

constexpr std::string_view kDefaultDomain = "ai.onnx";

std::string_view spelled_out(std::string_view domain) {
  return domain.empty() ? kDefaultDomain : domain;
}

Status parse_graph(Bytes bytes, int depth, GraphView& graph);

/// The name in a ValueInfoProto (field 1), TensorProto (field 8) or SparseTensorProto (field 8 of
/// the values, field 1).
Result<std::string_view> name_in(Bytes bytes, const char* message, int field) {
  WireReader reader(bytes, message);
  std::string_view name;
  while (reader.next()) {
    if (reader.field() == field) name = reader.text();
  }
  TERN_TRY(reader.status());
  return name;
}

Status add_named(std::vector<NamedBytes>& list, Bytes bytes, const char* message, int field) {
  TERN_ASSIGN_OR_RETURN(const std::string_view name, name_in(bytes, message, field));
  list.push_back({name, bytes});
  return {};
}

Status add_sparse(std::vector<NamedBytes>& list, Bytes bytes) {
  WireReader reader(bytes, "SparseTensorProto");
  std::string_view name;
  while (reader.next()) {
    if (reader.field() != 1) continue;
    TERN_ASSIGN_OR_RETURN(name, name_in(reader.bytes(), "TensorProto", 8));
  }
  TERN_TRY(reader.status());
  list.push_back({name, bytes});
  return {};
}

/// The type that the present fields tell; files of IR version 1 do not state it.
AttributeType guess_type(int field) {
  switch (field) {
    case 2: return AttributeType::kFloat;
    case 3: return AttributeType::kInt;
    case 4: return AttributeType::kString;
    case 5: return AttributeType::kTensor;
    case 6: return AttributeType::kGraph;
    case 7: return AttributeType::kFloats;
    case 8: return AttributeType::kInts;
    case 9: return AttributeType::kStrings;
    default: return AttributeType::kUndefined;
  }
}

Status parse_attribute(Bytes bytes, int depth, AttributeView& attribute) {
  WireReader reader(bytes, "AttributeProto");
  AttributeType guessed = AttributeType::kUndefined;
  while (reader.next()) {
    if (guessed == AttributeType::kUndefined) guessed = guess_type(reader.field());
    switch (reader.field()) {
      case 1: attribute.name = reader.text(); break;
      case 2: attribute.f = reader.f32(); break;
      case 3: attribute.i = reader.integer(); break;
      case 4: attribute.s = reader.text(); break;
      case 5: attribute.tensor = reader.bytes(); break;
      case 6: {
        auto graph = std::make_shared<GraphView>();
        TERN_TRY(parse_graph(reader.bytes(), depth + 1, *graph));
        attribute.graph = std::move(graph);
        break;
      }
      case 7: reader.append_floats(attribute.floats); break;
      case 8: reader.append_integers(attribute.ints); break;
      case 9: attribute.strings.push_back(reader.text()); break;
      case 20: attribute.type = static_cast<AttributeType>(reader.integer()); break;
      case 21: attribute.reference = reader.text(); break;
      case 22: attribute.tensor = reader.bytes(); break;
      default: break;
    }
  }
  TERN_TRY(reader.status());
  if (attribute.name.empty()) return invalid_argument("an attribute has no name");
  if (attribute.type == AttributeType::kUndefined) attribute.type = guessed;
  if (to_string(attribute.type).empty()) {
    return invalid_argument("attribute '{}' has type {}, which ONNX does not have", attribute.name,
                            static_cast<int>(attribute.type));
  }
  if (attribute.type == AttributeType::kGraph && attribute.graph == nullptr) {
    return invalid_argument("attribute '{}' is a graph, but has none", attribute.name);
  }
  return {};
}

Status parse_node(Bytes bytes, int depth, NodeView& node) {
  WireReader reader(bytes, "NodeProto");
  while (reader.next()) {
    switch (reader.field()) {
      case 1: node.inputs.push_back(reader.text()); break;
      case 2: node.outputs.push_back(reader.text()); break;
      case 3: node.name = reader.text(); break;
      case 4: node.op_type = reader.text(); break;
      case 5: {
        const Bytes piece = reader.bytes();
        Status parsed = parse_attribute(piece, depth, node.attributes.emplace_back());
        if (!parsed.ok()) return std::move(parsed).with_context(node.described());
        break;
      }
      case 7: node.domain = reader.text(); break;
      case 8: node.overload = reader.text(); break;
      default: break;
    }
  }
  TERN_TRY(reader.status());
  node.domain = spelled_out(node.domain);
  if (node.op_type.empty()) return invalid_argument("{} has no operator", node.described());
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  return {};
}

Status parse_graph(Bytes bytes, int depth, GraphView& graph) {
  if (depth > kMaxNesting) {
    return invalid_argument("graphs are nested deeper than {} levels", kMaxNesting);
  }
  WireReader reader(bytes, "GraphProto");
  while (reader.next()) {
    switch (reader.field()) {
      case 1: TERN_TRY(parse_node(reader.bytes(), depth, graph.nodes.emplace_back())); break;
      case 2: graph.name = reader.text(); break;
      case 5: TERN_TRY(add_named(graph.initializers, reader.bytes(), "TensorProto", 8)); break;
      case 10: graph.doc_string = reader.text(); break;
      case 11: TERN_TRY(add_named(graph.inputs, reader.bytes(), "ValueInfoProto", 1)); break;
      case 12: TERN_TRY(add_named(graph.outputs, reader.bytes(), "ValueInfoProto", 1)); break;
      case 13: TERN_TRY(add_named(graph.value_info, reader.bytes(), "ValueInfoProto", 1)); break;
      case 15: TERN_TRY(add_sparse(graph.sparse_initializers, reader.bytes())); break;
      default: break;
    }
  }
  return reader.status();
}

Status parse_opset(Bytes bytes, OpsetImports& imports) {
  WireReader reader(bytes, "OperatorSetIdProto");
  std::string_view domain;
  std::int64_t version = 0;
  while (reader.next()) {
    if (reader.field() == 1) domain = reader.text();
    if (reader.field() == 2) version = reader.integer();
  }
  TERN_TRY(reader.status());
  imports.emplace_back(spelled_out(domain), version);
  return {};
}

Status parse_function(Bytes bytes, FunctionView& function) {
  WireReader reader(bytes, "FunctionProto");
  while (reader.next()) {
    switch (reader.field()) {
      case 1: function.name = reader.text(); break;
      case 4: function.inputs.push_back(reader.text()); break;
      case 5: function.outputs.push_back(reader.text()); break;
      case 6: function.attributes.push_back(reader.text()); break;
      case 7: TERN_TRY(parse_node(reader.bytes(), 1, function.nodes.emplace_back())); break;
      case 9: TERN_TRY(parse_opset(reader.bytes(), function.opsets)); break;
      case 10: function.domain = reader.text(); break;
      case 11:
        TERN_TRY(parse_attribute(reader.bytes(), 1, function.defaults.emplace_back()));
        break;
      case 12: TERN_TRY(add_named(function.value_info, reader.bytes(), "ValueInfoProto", 1)); break;
      case 13: function.overload = reader.text(); break;
      default: break;
    }
  }
  TERN_TRY(reader.status());
  function.domain = spelled_out(function.domain);
  return {};
}

Status add_function(Bytes bytes, ModelView& model) {
  FunctionView function;
  TERN_TRY(parse_function(bytes, function));
  const FunctionKey key{function.domain, function.name, function.overload};
  if (!model.functions.emplace(key, std::move(function)).second) {
    return invalid_argument("function {} is defined twice", std::get<1>(key));
  }
  return {};
}

Status parse_property(Bytes bytes, ModelView& model) {
  WireReader reader(bytes, "StringStringEntryProto");
  std::string_view key;
  std::string_view value;
  while (reader.next()) {
    if (reader.field() == 1) key = reader.text();
    if (reader.field() == 2) value = reader.text();
  }
  TERN_TRY(reader.status());
  model.metadata.emplace_back(key, value);
  return {};
}

}  // namespace

std::string_view to_string(AttributeType type) {
  constexpr std::array<std::string_view, 15> kNames{
      "undefined", "a float",         "an int",         "a string", "a tensor",
      "a graph",   "floats",          "ints",           "strings",  "tensors",
      "graphs",    "a sparse tensor", "sparse tensors", "a type",   "types"};
  const auto index = static_cast<std::size_t>(type);
  return index < kNames.size() ? kNames[index] : std::string_view();
}

const AttributeView* NodeView::attribute(std::string_view wanted) const {
  const auto found =
      std::ranges::find_if(attributes, [&](const AttributeView& a) { return a.name == wanted; });
  return found == attributes.end() ? nullptr : &*found;
}

std::string NodeView::described() const {
  if (!name.empty()) return fmt::format("node {}", name);
  for (const std::string_view output : outputs) {
    if (!output.empty()) return fmt::format("the node that makes {}", output);
  }
  return "a node without name and outputs";
}

const FunctionView* ModelView::function_of(const NodeView& node) const {
  const auto found = functions.find({node.domain, node.op_type, node.overload});
  return found == functions.end() ? nullptr : &found->second;
}

Result<ModelView> parse_model(Bytes file) {
  WireReader reader(file, "ModelProto");
  ModelView model;
  bool has_graph = false;
  while (reader.next()) {
    switch (reader.field()) {
      case 1: model.ir_version = reader.integer(); break;
      case 2: model.producer_name = reader.text(); break;
      case 3: model.producer_version = reader.text(); break;
      case 4: model.domain = reader.text(); break;
      case 5: model.model_version = reader.integer(); break;
      case 6: model.doc_string = reader.text(); break;
      case 7:
        if (has_graph) return invalid_argument("the model has two graphs");
        has_graph = true;
        TERN_TRY(parse_graph(reader.bytes(), 0, model.graph));
        break;
      case 8: TERN_TRY(parse_opset(reader.bytes(), model.opsets)); break;
      case 14: TERN_TRY(parse_property(reader.bytes(), model)); break;
      case 25: TERN_TRY(add_function(reader.bytes(), model)); break;
      default: break;
    }
  }
  TERN_TRY(reader.status());
  if (!has_graph) return invalid_argument("the model has no graph");
  return model;
}

std::int64_t opset_version(const OpsetImports& imports, std::string_view domain) {
  for (const auto& [imported, version] : imports) {
    if (imported == domain) return version;
  }
  return 0;
}

}  // namespace tern::onnx
