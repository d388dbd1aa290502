#include "runtime/program.h"

#include <algorithm>

#include "base/errors.h"
#include "graph/body_graph.h"
#include "graph/verify.h"
#include "passes/pipeline.h"
#include "runtime/runner.h"

namespace tern::runtime {
namespace {

// The types and constants a KernelQuery refers to.
struct QueryStorage {
  std::vector<TypeInfo> in;
  std::vector<TypeInfo> out;
  std::vector<const Tensor*> constants;

  QueryStorage(const Graph& graph, const Node& node) {
    for (const ValueId id : node.inputs) {
      in.push_back(id == kNoValue ? TypeInfo() : graph.value(id).type);
      constants.push_back(graph.constant(id));
    }
    for (const ValueId id : node.outputs) {
      out.push_back(id == kNoValue ? TypeInfo() : graph.value(id).type);
    }
  }

  // Kernels rely on dtypes and ranks; where import could not tell them only the reference serves.
  bool is_typed(const Node& node) const {
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (node.inputs[i] != kNoValue && (in[i].dtype == DType::kUndefined || !in[i].has_rank)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (node.outputs[i] != kNoValue && out[i].dtype == DType::kUndefined) return false;
    }
    return true;
  }
};

std::size_t tensor_bytes(const Tensor& t) { return t.defined() ? t.bytes() : 0; }

}  // namespace

NodeBodies::NodeBodies() = default;
NodeBodies::NodeBodies(NodeBodies&&) noexcept = default;
NodeBodies::~NodeBodies() = default;

std::string describe(const Node& node) {
  return node.name.empty() ? fmt::format("node {}", node.op.name())
                           : fmt::format("node {} ({})", node.name, node.op.name());
}

Program::Program(Graph graph, std::shared_ptr<VariableStore> store)
    : graph_(std::move(graph)), store_(std::move(store)) {}

Result<std::unique_ptr<const Program>> Program::create(Graph graph, const SessionOptions& options,
                                                       const Backend& backend, ThreadPool& pool,
                                                       std::shared_ptr<VariableStore> store) {
  TERN_TRY(graph.sort());
  TERN_TRY(verify(graph));
  std::unique_ptr<Program> program(new Program(std::move(graph), std::move(store)));
  TERN_TRY(program->bind_variables());
  if (options.optimize) {
    const passes::PassContext context{.inference = program->graph_.updates().empty()};
    TERN_TRY(passes::optimize(program->graph_, context, options.disabled_passes));
    // Passes may have made new variables' values unreachable or added constants, never variables.
  }
  TERN_TRY(program->make_bodies(options, backend, pool));
  program->number_slots();
  TERN_TRY(program->choose_kernels(options, backend, pool));
  TERN_TRY(program->settle_constants());
  return std::unique_ptr<const Program>(std::move(program));
}

Status Program::bind_variables() {
  variables_.assign(graph_.value_count(), nullptr);
  for (std::size_t i = 0; i < graph_.value_count(); ++i) {
    const ValueData& value = graph_.value(static_cast<ValueId>(i));
    if (value.kind != ValueKind::kVariable) continue;
    TERN_ASSIGN_OR_RETURN(variables_[i], store_->add(value.name, value.tensor));
  }
  return {};
}

void Program::number_slots() {
  variables_.resize(graph_.value_count(), nullptr);
  slots_.assign(graph_.value_count(), -1);
  positions_.assign(graph_.node_count(), -1);
  const auto give_slot = [&](ValueId id) {
    if (id != kNoValue) slots_[static_cast<std::size_t>(id)] = static_cast<int>(slot_count_++);
  };
  for (const ValueId id : graph_.inputs()) give_slot(id);
  std::int32_t position = 0;
  for (const NodeId id : graph_.nodes()) {
    positions_[static_cast<std::size_t>(id)] = position++;
    for (const ValueId output : graph_.node(id).outputs) give_slot(output);
  }
}

Status Program::choose_kernels(const SessionOptions& options, const Backend& backend,
                               ThreadPool& pool) {
  kernels_.resize(graph_.node_count());
  for (const NodeId id : graph_.nodes()) {
    const Node& node = graph_.node(id);
    const QueryStorage storage(graph_, node);
    const KernelQuery query{node.op, storage.in, storage.out, storage.constants};
    NodeKernel& chosen = kernels_[static_cast<std::size_t>(id)];
    chosen.kernel = options.reference_kernels || !storage.is_typed(node)
                        ? &reference_kernel()
                        : backend.candidates(query).front();
    if (chosen.kernel == &reference_kernel() && node.op.def().reference == nullptr) {
      return unimplemented("{} has no kernel", describe(node));
    }
    if (chosen.kernel->pack == nullptr) continue;
    Result<std::shared_ptr<const void>> packed = chosen.kernel->pack({query, pool});
    if (!packed.ok()) return packed.status().with_context(describe(node));
    chosen.packed = std::move(*packed);
  }
  return {};
}

Status Program::make_bodies(const SessionOptions& options, const Backend& backend,
                            ThreadPool& pool) {
  for (const NodeId id : graph_.nodes()) {
    const Node& node = graph_.node(id);
    if (node.regions.empty()) continue;
    NodeBodies made;
    for (const RegionId region : node.regions) {
      TERN_ASSIGN_OR_RETURN(BodyGraph body, extract_body(graph_, region));
      Body& entry = made.bodies.emplace_back();
      for (const ValueId capture : body.captures) {
        const auto found = std::ranges::find(made.captures, capture);
        entry.captures.push_back(static_cast<std::size_t>(found - made.captures.begin()));
        if (found == made.captures.end()) made.captures.push_back(capture);
      }
      std::vector<TypeInfo>& types = made.results.emplace_back();
      for (const ValueId result : body.graph.outputs()) {
        types.push_back(body.graph.value(result).type);
      }
      Result<std::unique_ptr<const Program>> program =
          create(std::move(body.graph), options, backend, pool, store_);
      if (!program.ok()) return std::move(program).status().with_context(describe(node));
      // What the session may use as a whole is checked by the outermost program alone.
      entry.runner = std::make_unique<Runner>(*std::move(program), options.max_bindings, 0);
    }
    bodies_.emplace(id, std::move(made));
  }
  return {};
}

// Constants that every user has packed are released; views into something larger, such as a mapped
// file, are copied so that the file may change or vanish afterwards.
Status Program::settle_constants() {
  std::vector<bool> needed(graph_.value_count(), false);
  for (const ValueId id : graph_.outputs()) needed[static_cast<std::size_t>(id)] = true;
  for (const VariableUpdate& update : graph_.updates()) {
    needed[static_cast<std::size_t>(update.new_value)] = true;
  }
  for (const NodeId id : graph_.nodes()) {
    const Node& node = graph_.node(id);
    const KernelDef& chosen = *kernel(id).kernel;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const bool packed = i < 32 && (chosen.packed_inputs >> i & 1u) != 0;
      if (!packed) needed[static_cast<std::size_t>(node.inputs[i])] = true;
    }
  }
  for (std::size_t i = 0; i < graph_.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Tensor* tensor = graph_.constant(id);
    if (tensor == nullptr) continue;
    if (!needed[i]) {
      packed_bytes_ += tensor->bytes();
      graph_.release_constant(id);
    } else if (tensor->owner().get() != tensor->raw()) {
      TERN_ASSIGN_OR_RETURN(Tensor copy, tensor->clone());
      graph_.replace_constant(id, std::move(copy));
    }
  }
  return {};
}

std::size_t Program::constant_bytes() const {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < graph_.value_count(); ++i) {
    const ValueData& value = graph_.value(static_cast<ValueId>(i));
    if (value.kind == ValueKind::kConstant) bytes += tensor_bytes(value.tensor);
  }
  for_each_body([&](const Program& body) { bytes += body.constant_bytes(); });
  return bytes;
}

std::size_t Program::packed_bytes() const {
  std::size_t bytes = packed_bytes_;
  for_each_body([&](const Program& body) { bytes += body.packed_bytes(); });
  return bytes;
}

void Program::for_each_body(FunctionRef<void(const Program&)> visit) const {
  for (const auto& [node, bodies] : bodies_) {
    for (const Body& body : bodies.bodies) visit(body.runner->program());
  }
}

std::size_t Program::variable_bytes() const {
  std::size_t bytes = 0;
  for (const Tensor* variable : variables_) {
    if (variable != nullptr) bytes += variable->bytes();
  }
  return bytes;
}

}  // namespace tern::runtime
