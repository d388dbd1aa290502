// Program: what a session makes once. The optimised graph, the kernel of every node, packed
// weights, the variables' storage, and a program of its own for each body of control flow.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/backend.h"
#include "base/mutex.h"
#include "tern/session.h"

namespace tern::runtime {

/// The kernel chosen for a node and what it packed.
struct NodeKernel {
  const KernelDef* kernel = nullptr;
  std::shared_ptr<const void> packed;
};

class Runner;

/// A body of a control flow node, ready to run.
struct Body {
  std::unique_ptr<Runner> runner;
  /// Which of the node's captures follow the arguments as its inputs, by index.
  std::vector<std::size_t> captures;
};

/// The bodies of a node, and all that they capture, constants left out.
struct NodeBodies {
  std::vector<Body> bodies;
  std::vector<ValueId> captures;
  std::vector<std::vector<TypeInfo>> results;  // of each body, as far as known before a run

  NodeBodies();
  NodeBodies(NodeBodies&&) noexcept;
  ~NodeBodies();
};

/// A node as messages name it: "node conv1 (Conv)".
std::string describe(const Node& node);

class Program {
 public:
  /// Optimises `graph`, chooses kernels and packs. `store` receives the graph's variables.
  static Result<std::unique_ptr<const Program>> create(Graph graph, const SessionOptions& options,
                                                       const Backend& backend, ThreadPool& pool,
                                                       std::shared_ptr<VariableStore> store);

  const Graph& graph() const { return graph_; }
  const NodeKernel& kernel(NodeId id) const { return kernels_[static_cast<std::size_t>(id)]; }
  /// Null for a node without bodies.
  const NodeBodies* bodies(NodeId id) const {
    const auto found = bodies_.find(id);
    return found == bodies_.end() ? nullptr : &found->second;
  }
  /// The storage of a variable; null for every other value.
  Tensor* variable(ValueId id) const { return variables_[static_cast<std::size_t>(id)]; }
  /// Values that change from run to run have a slot in every frame; -1 for the others.
  std::int32_t slot(ValueId id) const { return slots_[static_cast<std::size_t>(id)]; }
  std::size_t slot_count() const { return slot_count_; }
  /// The nodes in execution order.
  std::span<const NodeId> order() const { return order_; }
  /// Position of a node in execution order.
  std::int32_t position(NodeId id) const { return positions_[static_cast<std::size_t>(id)]; }

  std::size_t constant_bytes() const;
  std::size_t packed_bytes() const;
  std::size_t variable_bytes() const;

 private:
  Program(Graph graph, std::shared_ptr<VariableStore> store);
  Status bind_variables();
  Status make_bodies(const SessionOptions& options, const Backend& backend, ThreadPool& pool);
  Status choose_kernels(const SessionOptions& options, const Backend& backend);
  void count_readers();
  Status pack_all(ThreadPool& pool);
  Status pack(NodeId id, ThreadPool& pool);
  Status settle_constants();
  void for_each_body(FunctionRef<void(const Program&)> visit) const;
  void number_slots();

  Graph graph_;
  std::shared_ptr<VariableStore> store_;
  std::vector<NodeKernel> kernels_;
  std::unordered_map<NodeId, NodeBodies> bodies_;
  std::vector<Tensor*> variables_;
  std::vector<NodeId> order_;
  std::vector<std::int32_t> slots_;
  std::vector<std::int32_t> positions_;
  // By ValueId, while the program is made: kernels that have not packed the constant yet, and
  // whether anyone reads it at run time.
  std::vector<std::int32_t> unpacked_;
  std::vector<bool> read_at_run_;
  Mutex release_mutex_;  // held while a constant is counted and given back
  std::size_t slot_count_ = 0;
  std::size_t packed_bytes_ = 0;
};

}  // namespace tern::runtime
