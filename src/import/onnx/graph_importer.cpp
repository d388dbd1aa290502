#include "import/onnx/graph_importer.h"

#include <algorithm>

#include "base/errors.h"
#include "graph/node_check.h"
#include "graph/op_def.h"
#include "graph/verify.h"
#include "import/onnx/constant_node.h"
#include "import/onnx/microsoft.h"
#include "import/onnx/node_order.h"
#include "import/onnx/operator_check.h"
#include "import/onnx/type_decoder.h"
#include "import/onnx/upgrade.h"
#include "ops/control_flow.h"
#include "ops/op_table.h"

namespace tern::onnx {
namespace {

/// Outputs beyond those that the operator has today belong to an old version of it.
bool may_be_left_out(const OpDef* def, std::size_t output) {
  if (def == nullptr) return false;
  if (output < def->outputs.size()) return def->outputs[output].kind == PortKind::kOptional;
  return def->outputs.empty() || def->outputs.back().kind != PortKind::kVariadic;
}

}  // namespace

Result<Graph> GraphImporter::run() {
  TERN_TRY(check_operators(model_));
  TERN_TRY(import_main());
  TERN_TRY(verify(graph_));
  return std::move(graph_);
}

Status GraphImporter::import_main() {
  const GraphView& main = model_.graph;
  graph_.name = main.name;
  for (const NamedBytes& input : main.inputs) main_names_.insert(input.name);
  for (const NamedBytes& tensor : main.initializers) main_names_.insert(tensor.name);
  for (const NodeView& node : main.nodes) {
    main_names_.insert(node.outputs.begin(), node.outputs.end());
  }
  Scope scope{.opsets = &model_.opsets};
  for (const NamedBytes& info : main.value_info) scope.declared.emplace(info.name, info.bytes);
  for (const NamedBytes& info : main.outputs) scope.declared.emplace(info.name, info.bytes);
  scope.used = names_read(main.nodes);
  for (const NamedBytes& output : main.outputs) scope.used.insert(output.name);
  TERN_TRY(add_initializers(main, scope));
  TERN_TRY(add_inputs(main, scope));
  TERN_TRY(import_nodes(main.nodes, scope));
  TERN_ASSIGN_OR_RETURN(std::vector<ValueId> outputs, find_outputs(main, scope));
  graph_.set_outputs(std::move(outputs));
  return {};
}

// ---------------------------------------------------------------------------------------- values

Status GraphImporter::define(Scope& scope, std::string_view name, ValueId value) {
  if (scope.values.emplace(name, value).second) return {};
  return invalid_argument("the name {} stands for two values", name);
}

Result<ValueId> GraphImporter::lookup(const Scope& scope, std::string_view name) const {
  for (const Scope* s = &scope; s != nullptr; s = s->outer) {
    if (const auto found = s->values.find(name); found != s->values.end()) return found->second;
  }
  return invalid_argument("{} is no input, no initializer and no output of a node", name);
}

std::string GraphImporter::value_name(const Scope& scope, std::string_view name) const {
  const bool plain = scope.prefix.empty() || (scope.call == nullptr && !main_names_.contains(name));
  return plain ? std::string(name) : fmt::format("{}/{}", scope.prefix, name);
}

Status GraphImporter::apply_declared(const Scope& scope, std::string_view name, ValueId value) {
  const TypeInfo& known = graph_.value(value).type;
  if (known.dtype != DType::kUndefined && known.has_rank) return {};
  const auto found = scope.declared.find(name);
  if (found == scope.declared.end()) return {};
  Result<TypeInfo> declared = decode_value_info(found->second, graph_);
  if (!declared.ok()) {
    return std::move(declared).status().with_context(fmt::format("type of {}", name));
  }
  if (known.dtype != DType::kUndefined && declared->dtype != known.dtype) return {};
  graph_.set_type(value, std::move(*declared));
  return {};
}

Status GraphImporter::add_initializer(std::string_view name, Tensor tensor, const GraphView& graph,
                                      Scope& scope) {
  if (name.empty()) return invalid_argument("an initializer has no name");
  const bool overridable =
      options_.keep_overridable_inputs && scope.region == kMainRegion &&
      std::ranges::any_of(graph.inputs, [&](const NamedBytes& i) { return i.name == name; });
  const std::string wanted = value_name(scope, name);
  const ValueId value = overridable ? graph_.add_variable(wanted, std::move(tensor), false)
                                    : graph_.add_constant(std::move(tensor), wanted);
  return define(scope, name, value);
}

Status GraphImporter::add_initializers(const GraphView& graph, Scope& scope) {
  for (const NamedBytes& initializer : graph.initializers) {
    Result<Tensor> tensor = decode_tensor(initializer.bytes, source_);
    if (!tensor.ok()) {
      return std::move(tensor).status().with_context(
          fmt::format("initializer {}", initializer.name));
    }
    TERN_TRY(add_initializer(initializer.name, std::move(*tensor), graph, scope));
  }
  for (const NamedBytes& initializer : graph.sparse_initializers) {
    Result<Tensor> tensor = decode_sparse_tensor(initializer.bytes, source_);
    if (!tensor.ok()) {
      return std::move(tensor).status().with_context(
          fmt::format("sparse initializer {}", initializer.name));
    }
    TERN_TRY(add_initializer(initializer.name, std::move(*tensor), graph, scope));
  }
  return {};
}

Status GraphImporter::add_inputs(const GraphView& graph, Scope& scope) {
  std::unordered_set<std::string_view> initialized;
  for (const auto& [name, value] : scope.values) initialized.insert(name);
  const bool is_main = scope.region == kMainRegion;
  for (const NamedBytes& input : graph.inputs) {
    if (input.name.empty()) return invalid_argument("an input has no name");
    if (is_main && initialized.contains(input.name)) continue;
    Result<TypeInfo> type = decode_value_info(input.bytes, graph_);
    if (type.ok() && is_main && type->dtype == DType::kUndefined) {
      type = invalid_argument("it has no element type");
    }
    if (!type.ok()) {
      return std::move(type).status().with_context(fmt::format("input {}", input.name));
    }
    const std::string name = value_name(scope, input.name);
    TERN_TRY(define(scope, input.name,
                    is_main ? graph_.add_input(name, std::move(*type))
                            : graph_.add_argument(scope.region, name, std::move(*type))));
  }
  return {};
}

Result<ValueId> GraphImporter::find_output(std::string_view name, const Scope& scope) {
  TERN_ASSIGN_OR_RETURN(const ValueId value, lookup(scope, name));
  if (value == kNoValue) return invalid_argument("it is an input of a function that is left out");
  if (scope.region != kMainRegion || graph_.value(value).name == name) return value;
  // The value has another name already: it is two outputs, or passed through by a function.
  TERN_ASSIGN_OR_RETURN(Op identity, make_op("ai.onnx", "Identity", {}));
  const ValueId inputs[] = {value};
  const std::string outputs[] = {std::string(name)};
  TERN_ASSIGN_OR_RETURN(const NodeId node,
                        graph_.add_node(std::move(identity), inputs, 1, name, outputs));
  return graph_.node(node).outputs[0];
}

Result<std::vector<ValueId>> GraphImporter::find_outputs(const GraphView& graph,
                                                         const Scope& scope) {
  std::vector<ValueId> outputs;
  for (const NamedBytes& output : graph.outputs) {
    Result<ValueId> value = find_output(output.name, scope);
    if (!value.ok()) {
      return std::move(value).status().with_context(fmt::format("output {}", output.name));
    }
    outputs.push_back(*value);
  }
  if (outputs.empty() && scope.region == kMainRegion) {
    return invalid_argument("the graph has no output");
  }
  return outputs;
}

// ------------------------------------------------------------------------------------ attributes

const AttributeView* GraphImporter::resolve(const AttributeView& attribute,
                                            const Scope& scope) const {
  const AttributeView* at = &attribute;
  const Scope* in = &scope;
  while (!at->reference.empty()) {
    if (in->call == nullptr) return nullptr;
    const std::string_view wanted = at->reference;
    at = in->call->attribute(wanted);
    if (at == nullptr) {
      for (const AttributeView& value : in->function->defaults) {
        if (value.name == wanted) return &value;
      }
      return nullptr;
    }
    in = in->caller;
  }
  return at;
}

Result<AttributeValue> GraphImporter::convert(const AttributeView& attribute) const {
  switch (attribute.type) {
    case AttributeType::kFloat: return AttributeValue(attribute.f);
    case AttributeType::kInt: return AttributeValue(attribute.i);
    case AttributeType::kString: return AttributeValue(std::string(attribute.s));
    case AttributeType::kFloats: return AttributeValue(attribute.floats);
    case AttributeType::kInts: return AttributeValue(attribute.ints);
    case AttributeType::kStrings:
      return AttributeValue(
          std::vector<std::string>(attribute.strings.begin(), attribute.strings.end()));
    case AttributeType::kTensor: {
      TERN_ASSIGN_OR_RETURN(Tensor tensor, decode_tensor(attribute.tensor, source_));
      return AttributeValue(std::move(tensor));
    }
    case AttributeType::kSparseTensor: {
      TERN_ASSIGN_OR_RETURN(Tensor tensor, decode_sparse_tensor(attribute.tensor, source_));
      return AttributeValue(std::move(tensor));
    }
    default: return unimplemented("{} are not supported here", to_string(attribute.type));
  }
}

Result<NodeDraft::Attributes> GraphImporter::convert_attributes(const NodeView& node,
                                                                const Scope& scope) const {
  NodeDraft::Attributes attributes;
  for (const AttributeView& attribute : node.attributes) {
    const AttributeView* value = resolve(attribute, scope);
    if (value == nullptr) {
      if (scope.call != nullptr) continue;  // an attribute that the caller leaves out
      return invalid_argument("attribute '{}' refers to '{}', but stands in no function",
                              attribute.name, attribute.reference);
    }
    if (value->type == AttributeType::kGraph) continue;  // import_bodies
    // What an Optional without a value would hold: values say of themselves what they are.
    if (value->type == AttributeType::kTypeProto) continue;
    const bool twice = std::ranges::any_of(
        attributes, [&](const auto& other) { return other.first == attribute.name; });
    if (twice) return invalid_argument("attribute '{}' is given twice", attribute.name);
    Result<AttributeValue> converted = convert(*value);
    if (!converted.ok()) {
      return std::move(converted).status().with_context(
          fmt::format("attribute '{}'", attribute.name));
    }
    attributes.emplace_back(attribute.name, std::move(*converted));
  }
  return attributes;
}

// ----------------------------------------------------------------------------------------- nodes

Status GraphImporter::import_nodes(std::span<const NodeView> nodes, Scope& scope) {
  TERN_ASSIGN_OR_RETURN(const std::vector<std::size_t> order, execution_order(nodes));
  for (const std::size_t i : order) {
    if (Status s = import_node(nodes[i], scope); !s.ok()) {
      return std::move(s).with_context(
          fmt::format("{} ({})", nodes[i].described(), nodes[i].op_type));
    }
  }
  return {};
}

Status GraphImporter::import_node(const NodeView& node, Scope& scope) {
  if (scope.call != nullptr && ++nodes_in_calls_ > kMaxNodesInCalls) {
    return resource_exhausted("calls of functions make more than {} nodes", kMaxNodesInCalls);
  }
  if (const FunctionView* function = model_.function_of(node)) {
    return import_call(node, *function, scope);
  }
  if (node.domain == "ai.onnx" && node.op_type == "Constant") return import_constant(node, scope);
  const bool has_body = std::ranges::any_of(
      node.attributes, [](const AttributeView& a) { return a.graph != nullptr; });
  if (node.domain == "ai.onnx.preview" && node.op_type == "FlexAttention" && has_body) {
    return import_flex_attention(node, scope);
  }
  if (is_gradient(node)) return import_gradient(node, scope);
  if (const LoweringRule* rule = find_lowering(node.domain, node.op_type)) {
    return lower_operator(node, *rule, scope);
  }
  return add_operator(node, scope);
}

Status GraphImporter::import_constant(const NodeView& node, Scope& scope) {
  if (node.outputs.size() != 1 || node.outputs[0].empty()) {
    return invalid_argument("Constant has {} outputs, not 1", node.outputs.size());
  }
  TERN_ASSIGN_OR_RETURN(const NodeDraft::Attributes attributes, convert_attributes(node, scope));
  TERN_ASSIGN_OR_RETURN(Tensor tensor, constant_value(attributes));
  const std::string name = value_name(scope, node.outputs[0]);
  return define(scope, node.outputs[0], graph_.add_constant(std::move(tensor), name));
}

std::vector<std::string> GraphImporter::wanted_outputs(const NodeView& node,
                                                       const Scope& scope) const {
  const OpDef* def = find_op(node.domain, node.op_type);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const std::string_view output = node.outputs[i];
    const bool wanted =
        !output.empty() && (!may_be_left_out(def, i) || scope.used.contains(output));
    names.push_back(wanted ? value_name(scope, output) : "");
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  return names;
}

Result<NodeDraft> GraphImporter::draft_of(const NodeView& node, const Scope& scope) {
  NodeDraft draft{.graph = graph_,
                  .region = scope.region,
                  .name = node.name.empty() ? "" : value_name(scope, node.name),
                  .op_type = std::string(node.op_type),
                  .domain = std::string(node.domain),
                  .opset = opset_version(*scope.opsets, node.domain)};
  if (draft.opset == 0) {
    // Models of IR version 1 and 2 import no opsets.
    if (!scope.opsets->empty()) {
      return invalid_argument("the model imports no opset of domain {}", node.domain);
    }
    draft.opset = 1;
  }
  for (const std::string_view input : node.inputs) {
    ValueId value = kNoValue;
    if (!input.empty()) {
      TERN_ASSIGN_OR_RETURN(value, lookup(scope, input));
    }
    draft.inputs.push_back(value);
  }
  TERN_ASSIGN_OR_RETURN(draft.attributes, convert_attributes(node, scope));
  return draft;
}

Status GraphImporter::add_operator(const NodeView& node, Scope& scope) {
  TERN_ASSIGN_OR_RETURN(NodeDraft draft, draft_of(node, scope));
  draft.outputs = wanted_outputs(node, scope);
  TERN_ASSIGN_OR_RETURN(draft.bodies, import_bodies(node, scope));
  TERN_TRY(upgrade(draft));

  TERN_ASSIGN_OR_RETURN(Op op, make_op(draft.domain, draft.op_type, draft.attributes));
  TERN_TRY(check_arity(op.def(), draft.inputs, draft.outputs.size()));
  TERN_ASSIGN_OR_RETURN(
      const NodeId id,
      graph_.add_node(std::move(op), draft.inputs, draft.outputs.size(), draft.name, draft.outputs,
                      scope.region, std::move(draft.bodies)));
  for (std::size_t i = 0; i < draft.outputs.size(); ++i) {
    if (draft.outputs[i].empty()) continue;
    const ValueId value = graph_.node(id).outputs[i];
    TERN_TRY(apply_declared(scope, node.outputs[i], value));
    TERN_TRY(define(scope, node.outputs[i], value));
  }
  return {};
}

Status GraphImporter::lower_operator(const NodeView& node, const LoweringRule& rule, Scope& scope) {
  if (node.outputs.empty()) return invalid_argument("{} has no output", node.op_type);
  TERN_ASSIGN_OR_RETURN(NodeDraft draft, draft_of(node, scope));
  for (const std::string_view output : node.outputs) {
    const bool wanted = draft.outputs.empty() || scope.used.contains(output);
    draft.outputs.emplace_back(wanted ? output : "");
  }
  TERN_TRY(check_ports(rule, draft));
  GraphBuilder builder(graph_, scope.region);
  const auto names = builder.scope(draft.name.empty() ? node.outputs[0] : draft.name);
  const std::size_t first_node = graph_.node_count();
  Lowering lowering(draft, builder);
  rule.apply(lowering);
  TERN_TRY(lowering.finish());
  for (std::size_t i = 0; i < draft.outputs.size(); ++i) {
    if (draft.outputs[i].empty()) continue;
    const ValueId value = lowering.output(i).id();
    // What is passed through keeps its own name.
    const NodeId producer = graph_.value(value).producer;
    if (producer != kNoNode && static_cast<std::size_t>(producer) >= first_node) {
      graph_.rename(value, value_name(scope, node.outputs[i]));
    }
    TERN_TRY(apply_declared(scope, node.outputs[i], value));
    TERN_TRY(define(scope, node.outputs[i], value));
  }
  return {};
}

// -------------------------------------------------------------------------- bodies and functions

Result<std::vector<RegionId>> GraphImporter::import_bodies(const NodeView& node, Scope& scope) {
  const std::span<const std::string_view> names = body_attributes(node.op_type);
  std::vector<RegionId> bodies;
  for (const std::string_view name : names) {
    const AttributeView* attribute = node.attribute(name);
    if (attribute != nullptr) attribute = resolve(*attribute, scope);
    if (attribute == nullptr || attribute->graph == nullptr) {
      return invalid_argument("{} lacks its body '{}'", node.op_type, name);
    }
    Result<RegionId> body = import_body(*attribute->graph, node, scope);
    if (!body.ok()) return std::move(body).status().with_context(name);
    bodies.push_back(*body);
  }
  for (const AttributeView& attribute : node.attributes) {
    if (attribute.graph != nullptr && std::ranges::find(names, attribute.name) == names.end()) {
      return invalid_argument("{} has no attribute '{}'", node.op_type, attribute.name);
    }
  }
  return bodies;
}

Result<GraphImporter::Scope> GraphImporter::body_scope(const GraphView& body, const NodeView& node,
                                                       const Scope& outer) const {
  if (outer.depth >= kMaxNesting) {
    return invalid_argument("bodies and calls are nested deeper than {} levels", kMaxNesting);
  }
  Scope scope{.outer = &outer,
              .region = outer.region,
              .opsets = outer.opsets,
              .call = outer.call,
              .function = outer.function,
              .caller = outer.caller,
              .prefix = value_name(outer, node.name.empty() ? node.op_type : node.name),
              .depth = outer.depth + 1};
  for (const NamedBytes& info : body.value_info) scope.declared.emplace(info.name, info.bytes);
  for (const NamedBytes& info : body.outputs) scope.declared.emplace(info.name, info.bytes);
  scope.used = names_read(body.nodes);
  for (const NamedBytes& output : body.outputs) scope.used.insert(output.name);
  return scope;
}

Result<RegionId> GraphImporter::import_body(const GraphView& body, const NodeView& node,
                                            Scope& outer) {
  TERN_ASSIGN_OR_RETURN(Scope scope, body_scope(body, node, outer));
  scope.region = graph_.add_region();
  TERN_TRY(add_initializers(body, scope));
  TERN_TRY(add_inputs(body, scope));
  TERN_TRY(settle_arguments(node, scope, outer));
  TERN_TRY(import_nodes(body.nodes, scope));
  TERN_ASSIGN_OR_RETURN(std::vector<ValueId> results, find_outputs(body, scope));
  graph_.set_region_results(scope.region, std::move(results));
  return scope.region;
}

Status GraphImporter::settle_arguments(const NodeView& node, const Scope& scope,
                                       const Scope& outer) {
  // Copied: setting a type would be fine, but a region's arguments may not be held across changes.
  const std::vector<ValueId> arguments = graph_.region(scope.region).arguments;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TypeInfo type = graph_.value(arguments[i]).type;
    for (Dim& dim : type.shape) dim = Dim();
    // Scan and SequenceMap hand elements of their inputs on, Loop the inputs themselves.
    if (type.dtype == DType::kUndefined && i < node.inputs.size() && !node.inputs[i].empty()) {
      TERN_ASSIGN_OR_RETURN(const ValueId given, lookup(outer, node.inputs[i]));
      if (given != kNoValue) {
        const TypeInfo& whole = graph_.value(given).type;
        const bool item = node.op_type == "SequenceMap" && whole.element != nullptr;
        type = TypeInfo::of(item ? whole.element->dtype : whole.dtype);
      }
    }
    graph_.set_type(arguments[i], std::move(type));
  }
  return {};
}

Status GraphImporter::import_call(const NodeView& node, const FunctionView& function,
                                  Scope& caller) {
  if (caller.depth >= kMaxNesting) {
    return invalid_argument(
        "bodies and calls are nested deeper than {} levels; does function {} "
        "call itself?",
        kMaxNesting, function.name);
  }
  if (node.inputs.size() > function.inputs.size() ||
      node.outputs.size() > function.outputs.size()) {
    return invalid_argument("function {} has {} inputs and {} outputs, called with {} and {}",
                            function.name, function.inputs.size(), function.outputs.size(),
                            node.inputs.size(), node.outputs.size());
  }
  Scope scope{.region = caller.region,
              .opsets = &function.opsets,
              .call = &node,
              .function = &function,
              .caller = &caller,
              .prefix = value_name(caller, node.name.empty() ? node.op_type : node.name),
              .depth = caller.depth + 1};
  for (const NamedBytes& info : function.value_info) scope.declared.emplace(info.name, info.bytes);
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    ValueId value = kNoValue;
    if (i < node.inputs.size() && !node.inputs[i].empty()) {
      TERN_ASSIGN_OR_RETURN(value, lookup(caller, node.inputs[i]));
    }
    TERN_TRY(define(scope, function.inputs[i], value));
  }
  scope.used = names_read(function.nodes);
  scope.used.insert(function.outputs.begin(), function.outputs.end());
  const std::size_t first_node = graph_.node_count();
  TERN_TRY(import_nodes(function.nodes, scope));
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    TERN_ASSIGN_OR_RETURN(const ValueId value, lookup(scope, function.outputs[i]));
    if (value == kNoValue) {
      return invalid_argument("function {} makes its output {} of an input that is left out",
                              function.name, function.outputs[i]);
    }
    // What a call makes carries the caller's name for it; what is passed through keeps its own.
    const NodeId producer = graph_.value(value).producer;
    if (producer != kNoNode && static_cast<std::size_t>(producer) >= first_node) {
      graph_.rename(value, value_name(caller, node.outputs[i]));
    }
    TERN_TRY(apply_declared(caller, node.outputs[i], value));
    TERN_TRY(define(caller, node.outputs[i], value));
  }
  return {};
}

}  // namespace tern::onnx
