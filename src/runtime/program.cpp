#include "runtime/program.h"

#include <algorithm>
#include <atomic>
#include <functional>

#include "base/errors.h"
#include "base/file.h"
#include "graph/body_graph.h"
#include "graph/verify.h"
#include "passes/pipeline.h"
#include "runtime/runner.h"
#include "runtime/schedule.h"

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

// The kernel reads input i when it packs and not again.
bool packs(const KernelDef& kernel, std::size_t i) {
  return i < 32 && (kernel.packed_inputs >> i & 1u) != 0;
}

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
  program->order_ = schedule(program->graph_);
  program->number_slots();
  TERN_TRY(program->choose_kernels(options, backend));
  program->count_readers();
  TERN_TRY(program->pack_all(pool));
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
  for (const NodeId id : order_) {
    positions_[static_cast<std::size_t>(id)] = position++;
    for (const ValueId output : graph_.node(id).outputs) give_slot(output);
  }
}

Status Program::choose_kernels(const SessionOptions& options, const Backend& backend) {
  kernels_.resize(graph_.node_count());
  for (const NodeId id : graph_.nodes()) {
    const Node& node = graph_.node(id);
    const QueryStorage storage(graph_, node);
    const KernelQuery query{node.op, storage.in, storage.out, storage.constants, options.precision};
    NodeKernel& chosen = kernels_[static_cast<std::size_t>(id)];
    chosen.kernel = options.reference_kernels || !storage.is_typed(node)
                        ? &reference_kernel()
                        : backend.candidates(query).front();
    if (chosen.kernel == &reference_kernel() && node.op.def().reference == nullptr) {
      return unimplemented("{} has no kernel", describe(node));
    }
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
      entry.runner = std::make_unique<Runner>(*std::move(program), options.max_bindings, nullptr);
    }
    bodies_.emplace(id, std::move(made));
  }
  return {};
}

void Program::count_readers() {
  unpacked_.assign(graph_.value_count(), 0);
  read_at_run_.assign(graph_.value_count(), false);
  for (const ValueId id : graph_.outputs()) read_at_run_[static_cast<std::size_t>(id)] = true;
  for (const VariableUpdate& update : graph_.updates()) {
    read_at_run_[static_cast<std::size_t>(update.new_value)] = true;
  }
  for (const NodeId id : graph_.nodes()) {
    const Node& node = graph_.node(id);
    const KernelDef& chosen = *kernel(id).kernel;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const auto input = static_cast<std::size_t>(node.inputs[i]);
      if (packs(chosen, i)) {
        ++unpacked_[input];
      } else {
        read_at_run_[input] = true;
      }
    }
  }
}

// The threads of the pool pack different nodes, those with the largest constants first.
Status Program::pack_all(ThreadPool& pool) {
  struct Job {
    NodeId node;
    std::size_t bytes;
    Status status;
  };
  std::vector<Job> jobs;
  for (const NodeId id : graph_.nodes()) {
    const KernelDef& chosen = *kernel(id).kernel;
    if (chosen.pack == nullptr) continue;
    Job job{.node = id, .bytes = 0, .status = {}};
    const std::vector<ValueId>& inputs = graph_.node(id).inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor* constant = packs(chosen, i) ? graph_.constant(inputs[i]) : nullptr;
      if (constant != nullptr) job.bytes += constant->bytes();
    }
    jobs.push_back(std::move(job));
  }
  std::ranges::stable_sort(jobs, std::ranges::greater(), &Job::bytes);
  std::atomic<std::size_t> next{0};
  pool.run([&](int, int) {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      jobs[i].status = pack(jobs[i].node, pool);
    }
  });
  for (Job& job : jobs) {
    if (!job.status.ok())
      return std::move(job.status).with_context(describe(graph_.node(job.node)));
  }
  return {};
}

// Gives a constant back as soon as it is packed for the last time, so that a model is hardly ever
// in memory twice.
Status Program::pack(NodeId id, ThreadPool& pool) {
  const Node& node = graph_.node(id);
  NodeKernel& chosen = kernels_[static_cast<std::size_t>(id)];
  {
    const QueryStorage storage(graph_, node);
    const KernelQuery query{node.op, storage.in, storage.out, storage.constants};
    TERN_ASSIGN_OR_RETURN(chosen.packed, chosen.kernel->pack({query, pool}));
  }
  const MutexLock lock(release_mutex_);
  std::size_t released = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId input = node.inputs[i];
    const Tensor* constant = packs(*chosen.kernel, i) ? graph_.constant(input) : nullptr;
    if (constant == nullptr || --unpacked_[static_cast<std::size_t>(input)] > 0) continue;
    if (read_at_run_[static_cast<std::size_t>(input)]) continue;
    released += constant->bytes();
    forget_file_pages(constant->owner(), constant->raw(), constant->bytes());
    graph_.release_constant(input);
  }
  const auto bytes_of = chosen.kernel->packed_bytes;
  packed_bytes_ += bytes_of != nullptr ? bytes_of(chosen.packed.get()) : released;
  return {};
}

// Constants that nobody reads are released; views into something larger, such as a mapped file,
// are copied so that the file may change or vanish afterwards.
Status Program::settle_constants() {
  for (std::size_t i = 0; i < graph_.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Tensor* tensor = graph_.constant(id);
    if (tensor == nullptr || !tensor->defined()) continue;
    if (!read_at_run_[i]) {
      graph_.release_constant(id);
    } else if (tensor->owner().get() != tensor->raw()) {
      TERN_ASSIGN_OR_RETURN(Tensor copy, tensor->clone());
      forget_file_pages(tensor->owner(), tensor->raw(), tensor->bytes());
      graph_.replace_constant(id, std::move(copy));
    }
  }
  unpacked_ = {};
  read_at_run_ = {};
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
