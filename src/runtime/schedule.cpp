#include "runtime/schedule.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <tuple>

#include "graph/op_def.h"

namespace tern::runtime {
namespace {

// Stands in for sizes that only a run knows, batches more often than not.
constexpr std::int64_t kTypicalSize = 32;

std::int64_t bytes_of(const TypeInfo& type) {
  if (type.dtype == DType::kUndefined || !type.has_rank) return 0;
  double elements = 1;
  for (const Dim& dim : type.shape) {
    elements *= static_cast<double>(dim.known() ? dim.value() : kTypicalSize);
  }
  constexpr double kMost = 1e15;  // an estimate needs no more, and must not overflow
  return static_cast<std::int64_t>(std::min(kMost, elements * bit_width(type.dtype) / 8));
}

// Output 0 is input 0's memory.
bool is_renaming(const Op& op) {
  static constexpr std::array<std::string_view, 5> kNames{"Flatten", "Identity", "Reshape",
                                                          "Squeeze", "Unsqueeze"};
  return op.domain() == "ai.onnx" && std::ranges::find(kNames, op.name()) != kNames.end();
}

// Greedy list scheduling: of the nodes that can run, the one after which the least memory is held.
class Scheduler {
 public:
  explicit Scheduler(const Graph& graph)
      : graph_(graph),
        work_(graph.node_count()),
        memory_(graph.value_count(), kNoValue),
        held_(graph.value_count()) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) memory_[i] = static_cast<ValueId>(i);
  }

  std::vector<NodeId> run() {
    for (const NodeId id : graph_.nodes()) note_node(id);
    for (const ValueId id : graph_.outputs()) ++held(id).uses;
    for (const VariableUpdate& update : graph_.updates()) note_update(update);
    std::int64_t position = 0;
    for (const NodeId id : graph_.nodes()) {
      work(id).position = position++;
      if (work(id).needs == 0) ready_.push_back(id);
    }
    std::vector<NodeId> order;
    while (!ready_.empty()) {
      const auto best = std::ranges::min_element(ready_, {}, [this](NodeId id) {
        return std::tuple(is_early(id), cost(id), position_of(id));
      });
      const NodeId id = *best;
      ready_.erase(best);
      order.push_back(id);
      finish(id);
    }
    return order;
  }

 private:
  struct Work {
    std::vector<ValueId> reads;       // memory it reads, each once
    std::vector<NodeId> followers;    // nodes that need a result of this one
    std::vector<NodeId> overwriters;  // nodes that update what this one reads
    std::size_t needs = 0;            // producers that have not run
    std::size_t readers = 0;          // readers of the variable it updates that have not run
    std::int64_t position = 0;
  };
  struct Held {
    std::int64_t bytes = 0;
    std::size_t uses = 0;  // nodes and roots that still need it
  };

  Work& work(NodeId id) { return work_[static_cast<std::size_t>(id)]; }
  ValueId memory(ValueId id) const { return memory_[static_cast<std::size_t>(id)]; }
  Held& held(ValueId id) { return held_[static_cast<std::size_t>(memory(id))]; }
  std::int64_t position_of(NodeId id) { return work(id).position; }
  // Waiting for readers is a wish: in a knot of updates that read one another somebody goes first.
  bool is_early(NodeId id) { return work(id).readers > 0; }

  void note_node(NodeId id) {
    const Node& node = graph_.node(id);
    std::set<ValueId> reads;
    std::set<NodeId> producers;
    note_inputs(node, reads, producers);
    Work& own = work(id);
    for (const ValueId value : reads) {
      own.reads.push_back(value);
      ++held(value).uses;
    }
    own.needs = producers.size();
    for (const NodeId producer : producers) work(producer).followers.push_back(id);
    const bool renames = is_renaming(node.op);
    for (const ValueId output : node.outputs) {
      if (output == kNoValue) continue;
      if (renames) {
        memory_[static_cast<std::size_t>(output)] = memory(node.inputs[0]);
      } else {
        held(output).bytes = bytes_of(graph_.value(output).type);
      }
    }
  }

  // Also what the bodies of control flow take from around them.
  void note_inputs(const Node& node, std::set<ValueId>& reads, std::set<NodeId>& producers) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != kNoValue) note_input(node, i, reads, producers);
    }
    for (const RegionId region : node.regions) {
      for (const NodeId inner : graph_.region(region).nodes) {
        note_inputs(graph_.node(inner), reads, producers);
      }
      for (const ValueId result : graph_.region(region).results) {
        note_value(result, reads, producers);
      }
    }
  }

  void note_input(const Node& node, std::size_t i, std::set<ValueId>& reads,
                  std::set<NodeId>& producers) {
    const auto ports = node.op.def().inputs;
    const ValueId value = node.inputs[i];
    if (i < ports.size() && ports[i].shape_only) {
      // The producer must have run all the same: its result's shape may be known only then.
      std::set<ValueId> ignored;
      return note_value(value, ignored, producers);
    }
    note_value(value, reads, producers);
  }

  void note_value(ValueId value, std::set<ValueId>& reads, std::set<NodeId>& producers) {
    const NodeId producer = graph_.value(value).producer;
    if (producer != kNoNode && graph_.node(producer).parent == kMainRegion) {
      producers.insert(producer);
    }
    reads.insert(memory(value));
  }

  void note_update(const VariableUpdate& update) {
    ++held(update.new_value).uses;
    const NodeId updater = graph_.value(update.new_value).producer;
    if (updater == kNoNode) return;
    held(update.new_value).bytes = 0;  // written where the variable is
    for (const NodeId id : graph_.nodes()) {
      if (id == updater || !std::ranges::binary_search(work(id).reads, update.variable)) continue;
      work(id).overwriters.push_back(updater);
      ++work(updater).readers;
    }
  }

  // What the node adds to the memory held.
  std::int64_t cost(NodeId id) {
    std::int64_t bytes = 0;
    for (const ValueId output : graph_.node(id).outputs) {
      if (output != kNoValue && memory(output) == output && held(output).uses > 0) {
        bytes += held(output).bytes;
      }
    }
    for (const ValueId value : work(id).reads) {
      if (held(value).uses == 1) bytes -= held(value).bytes;
    }
    return bytes;
  }

  void finish(NodeId id) {
    for (const ValueId value : work(id).reads) --held(value).uses;
    for (const NodeId overwriter : work(id).overwriters) --work(overwriter).readers;
    for (const NodeId follower : work(id).followers) {
      if (--work(follower).needs == 0) ready_.push_back(follower);
    }
  }

  const Graph& graph_;
  std::vector<Work> work_;       // by NodeId
  std::vector<ValueId> memory_;  // by ValueId: the value whose memory it is
  std::vector<Held> held_;       // by ValueId
  std::vector<NodeId> ready_;
};

}  // namespace

std::vector<NodeId> schedule(const Graph& graph) {
  if (graph.updates().empty()) return {graph.nodes().begin(), graph.nodes().end()};
  return Scheduler(graph).run();
}

}  // namespace tern::runtime
