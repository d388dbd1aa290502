#include "tern/graph.h"

#include <algorithm>

#include "base/check.h"
#include "base/errors.h"
#include "graph/op_def.h"

namespace tern {

bool TypeInfo::concrete() const {
  return dtype != DType::kUndefined && has_rank &&
         std::ranges::all_of(shape, [](const Dim& dim) { return dim.known(); });
}

Shape TypeInfo::concrete_shape() const {
  Shape dims;
  for (const Dim& dim : shape) dims.push_back(dim.value());
  return dims;
}

TypeInfo common_type(const TypeInfo& a, const TypeInfo& b) {
  if (a.dtype != b.dtype) return {};
  TypeInfo both = a;
  both.has_rank = a.has_rank && b.has_rank && a.rank() == b.rank();
  if (!both.has_rank) both.shape.clear();
  for (std::size_t i = 0; i < both.shape.size(); ++i) {
    if (!same(a.shape[i], b.shape[i])) both.shape[i] = Dim();
  }
  if (a.element != nullptr && b.element != nullptr) {
    both.element = std::make_shared<const TypeInfo>(common_type(*a.element, *b.element));
  } else {
    both.element = a.element != nullptr ? a.element : b.element;
  }
  return both;
}

Graph::Graph() : regions_(1), symbols_{"?"} {}

ValueId Graph::find(std::string_view wanted) const {
  const auto it = by_name_.find(std::string(wanted));
  return it == by_name_.end() ? kNoValue : it->second;
}

const Tensor* Graph::constant(ValueId id) const {
  if (id == kNoValue || value(id).kind != ValueKind::kConstant) return nullptr;
  const Tensor& tensor = value(id).tensor;
  return tensor.defined() ? &tensor : nullptr;
}

bool Graph::is_root_use(ValueId id) const {
  for (const Region& body : regions_) {
    if (std::ranges::find(body.results, id) != body.results.end()) return true;
  }
  return std::ranges::any_of(updates_, [id](const VariableUpdate& update) {
    return update.variable == id || update.new_value == id;
  });
}

std::string_view Graph::symbol_name(SymbolId symbol) const {
  return symbols_[static_cast<std::size_t>(symbol)];
}

SymbolId Graph::symbol(std::string_view wanted) {
  for (std::size_t i = 1; i < symbols_.size(); ++i) {
    if (symbols_[i] == wanted) return static_cast<SymbolId>(i);
  }
  symbols_.emplace_back(wanted);
  return static_cast<SymbolId>(symbols_.size() - 1);
}

std::string Graph::unique_name(std::string_view wanted) {
  std::string base(wanted.empty() ? "v" : wanted);
  if (!wanted.empty() && !by_name_.contains(base)) return base;
  std::uint32_t& next = suffixes_[base];
  for (;;) {
    std::string candidate = fmt::format("{}_{}", base, next++);
    if (!by_name_.contains(candidate)) return candidate;
  }
}

ValueId Graph::add_value(ValueData data, std::string_view wanted) {
  const auto id = static_cast<ValueId>(values_.size());
  data.name = unique_name(wanted);
  by_name_.emplace(data.name, id);
  values_.push_back(std::move(data));
  return id;
}

ValueId Graph::add_input(std::string_view wanted, TypeInfo type) {
  const ValueId id = add_value({.type = std::move(type), .kind = ValueKind::kInput}, wanted);
  inputs_.push_back(id);
  return id;
}

ValueId Graph::add_constant(Tensor tensor, std::string_view wanted) {
  TypeInfo type = TypeInfo::of(tensor);
  return add_value(
      {.type = std::move(type), .kind = ValueKind::kConstant, .tensor = std::move(tensor)}, wanted);
}

ValueId Graph::add_variable(std::string_view wanted, Tensor initial, bool trainable) {
  TypeInfo type = TypeInfo::of(initial);
  return add_value({.type = std::move(type),
                    .kind = ValueKind::kVariable,
                    .tensor = std::move(initial),
                    .trainable = trainable},
                   wanted);
}

RegionId Graph::add_region() {
  regions_.emplace_back();
  return static_cast<RegionId>(regions_.size() - 1);
}

ValueId Graph::add_argument(RegionId body, std::string_view wanted, TypeInfo type) {
  const ValueId id = add_value({.type = std::move(type), .kind = ValueKind::kArgument}, wanted);
  regions_[static_cast<std::size_t>(body)].arguments.push_back(id);
  return id;
}

Result<NodeId> Graph::add_node(Op op, std::span<const ValueId> inputs, std::size_t outputs,
                               std::string_view node_name,
                               std::span<const std::string> output_names, RegionId body,
                               std::vector<RegionId> regions) {
  InferContext context;
  context.wanted_outputs = outputs;
  for (const ValueId input : inputs) {
    context.in.push_back(input == kNoValue ? TypeInfo() : value(input).type);
    context.in_constant.push_back(constant(input));
  }
  for (const RegionId owned : regions) {
    std::vector<TypeInfo>& types = context.bodies.emplace_back();
    for (const ValueId result : region(owned).results) types.push_back(value(result).type);
  }
  const auto described = [&] {
    return node_name.empty() ? std::string(op.name()) : fmt::format("node {}", node_name);
  };
  const bool dtypes_known = std::ranges::all_of(inputs, [&](ValueId id) {
    return id == kNoValue || value(id).type.dtype != DType::kUndefined;
  });
  if (dtypes_known) {
    if (Status s = infer_types(op, context); !s.ok()) return std::move(s).with_context(described());
  }
  context.out.resize(std::max(outputs, context.out.size()));

  const auto id = static_cast<NodeId>(nodes_.size());
  Node node{.op = std::move(op),
            .name = std::string(node_name),
            .inputs = {inputs.begin(), inputs.end()},
            .outputs = {},
            .regions = std::move(regions),
            .parent = body};
  for (std::size_t i = 0; i < outputs; ++i) {
    const bool named = i < output_names.size();
    if (named && output_names[i].empty()) {
      node.outputs.push_back(kNoValue);
      continue;
    }
    node.outputs.push_back(add_value({.type = std::move(context.out[i]),
                                      .kind = ValueKind::kResult,
                                      .producer = id,
                                      .index = static_cast<std::uint32_t>(i)},
                                     named ? std::string_view(output_names[i]) : ""));
  }
  for (const ValueId input : inputs) {
    if (input != kNoValue) value_at(input).users.push_back(id);
  }
  for (const RegionId owned : node.regions) regions_[static_cast<std::size_t>(owned)].owner = id;
  nodes_.push_back(std::move(node));
  regions_[static_cast<std::size_t>(body)].nodes.push_back(id);
  return id;
}

void Graph::set_outputs(std::vector<ValueId> outputs) { regions_[0].results = std::move(outputs); }

void Graph::set_region_results(RegionId body, std::vector<ValueId> results) {
  regions_[static_cast<std::size_t>(body)].results = std::move(results);
}

void Graph::add_update(ValueId variable, ValueId new_value) {
  updates_.push_back({variable, new_value});
}

void Graph::set_input(NodeId id, std::size_t index, ValueId input) {
  Node& node = node_at(id);
  const ValueId old = node.inputs[index];
  if (old != kNoValue) {
    auto& users = value_at(old).users;
    users.erase(std::ranges::find(users, id));
  }
  node.inputs[index] = input;
  if (input != kNoValue) value_at(input).users.push_back(id);
}

void Graph::set_type(ValueId id, TypeInfo type) { value_at(id).type = std::move(type); }

void Graph::rename(ValueId id, std::string_view wanted) {
  if (value(id).name == wanted) return;
  by_name_.erase(value(id).name);
  value_at(id).name = unique_name(wanted);
  by_name_.emplace(value(id).name, id);
}

Result<ValueId> Graph::require_output(NodeId id, std::size_t index) {
  const Node& owner = node(id);
  if (index < owner.outputs.size() && owner.outputs[index] != kNoValue) {
    return owner.outputs[index];
  }
  const OpDef& def = owner.op.def();
  if (index >= def.outputs.size()) {
    return invalid_argument("{} has no output {}", def.name, index);
  }
  InferContext context;
  context.wanted_outputs = index + 1;
  for (const ValueId input : owner.inputs) {
    context.in.push_back(input == kNoValue ? TypeInfo() : value(input).type);
    context.in_constant.push_back(constant(input));
  }
  TERN_TRY(infer_types(owner.op, context));
  const ValueId added = add_value({.type = std::move(context.out[index]),
                                   .kind = ValueKind::kResult,
                                   .producer = id,
                                   .index = static_cast<std::uint32_t>(index)},
                                  owner.name);
  std::vector<ValueId>& outputs = node_at(id).outputs;
  if (outputs.size() <= index) outputs.resize(index + 1, kNoValue);
  outputs[index] = added;
  return added;
}

void Graph::replace_uses(ValueId from, ValueId to) {
  if (from == to) return;
  const std::vector<NodeId> users = value(from).users;
  for (const NodeId user : users) {
    Node& node = node_at(user);
    std::ranges::replace(node.inputs, from, to);
    value_at(to).users.push_back(user);
  }
  value_at(from).users.clear();
  for (Region& body : regions_) std::ranges::replace(body.results, from, to);
  for (VariableUpdate& update : updates_) {
    if (update.new_value == from) update.new_value = to;
  }
}

void Graph::remove_node(NodeId id) {
  // The bodies first, from their ends on, so that nothing in them is used any more when it goes.
  for (const RegionId owned : node(id).regions) {
    Region& body = regions_[static_cast<std::size_t>(owned)];
    body.results.clear();
    while (!body.nodes.empty()) remove_node(body.nodes.back());
  }
  Node& node = node_at(id);
  TERN_CHECK(!node.removed, "node {} was removed before", node.name);
  for (const ValueId output : node.outputs) {
    if (output == kNoValue) continue;
    TERN_CHECK(value(output).users.empty() && !is_root_use(output), "{} is still used",
               value(output).name);
    by_name_.erase(value(output).name);
  }
  for (const ValueId input : node.inputs) {
    if (input == kNoValue) continue;
    auto& users = value_at(input).users;
    users.erase(std::ranges::find(users, id));
  }
  std::erase(regions_[static_cast<std::size_t>(node.parent)].nodes, id);
  node.removed = true;
  node.inputs.clear();
}

void Graph::make_variable(ValueId id) {
  TERN_CHECK(value(id).kind == ValueKind::kConstant, "{} is no constant", value(id).name);
  value_at(id).kind = ValueKind::kVariable;
  value_at(id).trainable = true;
}

void Graph::make_constant(ValueId id, Tensor tensor) {
  ValueData& data = value_at(id);
  TERN_CHECK(data.kind == ValueKind::kVariable, "{} is no variable", data.name);
  data.kind = ValueKind::kConstant;
  data.trainable = false;
  data.type = TypeInfo::of(tensor);
  data.tensor = std::move(tensor);
}

void Graph::drop_unused_constants() {
  std::vector<bool> root(values_.size());
  for (const Region& body : regions_) {
    for (const ValueId result : body.results) root[static_cast<std::size_t>(result)] = true;
  }
  for (const VariableUpdate& update : updates_) {
    root[static_cast<std::size_t>(update.new_value)] = true;
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    ValueData& data = values_[i];
    if (data.kind == ValueKind::kConstant && data.users.empty() && !root[i]) data.tensor = {};
  }
}

void Graph::release_constant(ValueId id) {
  TERN_CHECK(value(id).kind == ValueKind::kConstant, "{} is no constant", value(id).name);
  value_at(id).tensor = {};
}

void Graph::replace_constant(ValueId id, Tensor tensor) {
  TERN_CHECK(value(id).kind == ValueKind::kConstant, "{} is no constant", value(id).name);
  value_at(id).tensor = std::move(tensor);
}

namespace {

// Values of enclosing regions that a node needs before it can run: its own inputs and everything
// that its bodies capture.
void collect_needs(const Graph& graph, const Node& node, std::vector<ValueId>& needs) {
  for (const ValueId input : node.inputs) {
    if (input != kNoValue) needs.push_back(input);
  }
  for (const RegionId body : node.regions) {
    for (const NodeId inner : graph.region(body).nodes) {
      collect_needs(graph, graph.node(inner), needs);
    }
    for (const ValueId result : graph.region(body).results) needs.push_back(result);
  }
}

// Depth-first order of one region; keeps the present order where dependencies allow.
class RegionSorter {
 public:
  explicit RegionSorter(const Graph& graph)
      : graph_(graph), state_(graph.node_count(), State::kNew) {}

  Result<std::vector<NodeId>> run(RegionId region) {
    region_ = region;
    order_.clear();
    for (const NodeId root : graph_.region(region).nodes) TERN_TRY(visit(root));
    return std::move(order_);
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Frame {
    NodeId node;
    std::vector<ValueId> needs;
    std::size_t next = 0;
  };

  // Iterative, so that a chain of a million nodes from a file cannot exhaust the stack.
  Status visit(NodeId root) {
    if (state(root) != State::kNew) return {};
    std::vector<Frame> stack;
    open(root, stack);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next == frame.needs.size()) {
        state(frame.node) = State::kDone;
        order_.push_back(frame.node);
        stack.pop_back();
        continue;
      }
      const NodeId producer = graph_.value(frame.needs[frame.next++]).producer;
      if (producer == kNoNode || graph_.node(producer).parent != region_) continue;
      if (state(producer) == State::kOpen) {
        return invalid_argument("node {} ({}) is part of a cycle", graph_.node(producer).name,
                                graph_.node(producer).op.name());
      }
      if (state(producer) == State::kNew) open(producer, stack);
    }
    return {};
  }

  void open(NodeId id, std::vector<Frame>& stack) {
    state(id) = State::kOpen;
    Frame frame{.node = id, .needs = {}};
    collect_needs(graph_, graph_.node(id), frame.needs);
    stack.push_back(std::move(frame));
  }

  State& state(NodeId id) { return state_[static_cast<std::size_t>(id)]; }

  const Graph& graph_;
  RegionId region_ = kMainRegion;
  std::vector<State> state_;  // of the nodes of all regions: each belongs to one
  std::vector<NodeId> order_;
};

}  // namespace

Status Graph::sort() {
  RegionSorter sorter(*this);
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    TERN_ASSIGN_OR_RETURN(regions_[i].nodes, sorter.run(static_cast<RegionId>(i)));
  }
  return {};
}

}  // namespace tern
