#include "import/onnx/node_order.h"

#include <unordered_map>

#include "base/errors.h"

namespace tern::onnx {
namespace {

using Names = std::vector<std::string_view>;

/// Appends the names that `node` reads, those its bodies capture included.
void append_reads(const NodeView& node, Names& reads);

/// Appends what `graph`, a body, reads from outside.
void append_captures(const GraphView& graph, Names& captures) {
  Names reads;
  std::unordered_set<std::string_view> own;
  for (const NamedBytes& input : graph.inputs) own.insert(input.name);
  for (const NamedBytes& tensor : graph.initializers) own.insert(tensor.name);
  for (const NamedBytes& tensor : graph.sparse_initializers) own.insert(tensor.name);
  for (const NodeView& node : graph.nodes) {
    append_reads(node, reads);
    own.insert(node.outputs.begin(), node.outputs.end());
  }
  for (const NamedBytes& output : graph.outputs) reads.push_back(output.name);
  for (const std::string_view name : reads) {
    if (!own.contains(name)) captures.push_back(name);
  }
}

void append_reads(const NodeView& node, Names& reads) {
  reads.insert(reads.end(), node.inputs.begin(), node.inputs.end());
  for (const AttributeView& attribute : node.attributes) {
    if (attribute.graph != nullptr) append_captures(*attribute.graph, reads);
    // The attributes of a Gradient name what it differentiates, and by what.
    if (!is_gradient(node)) continue;
    reads.insert(reads.end(), attribute.strings.begin(), attribute.strings.end());
    if (!attribute.s.empty()) reads.push_back(attribute.s);
  }
}

/// Depth-first, with a stack of its own: a chain in a file can be as long as the file.
class Sorter {
 public:
  explicit Sorter(std::span<const NodeView> nodes) : nodes_(nodes), state_(nodes.size()) {}

  Result<std::vector<std::size_t>> run() {
    TERN_TRY(list_producers());
    for (std::size_t i = 0; i < nodes_.size(); ++i) TERN_TRY(visit(i));
    return std::move(order_);
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Frame {
    std::size_t node;
    Names reads;
    std::size_t next = 0;
  };

  Status list_producers() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const std::string_view output : nodes_[i].outputs) {
        if (output.empty()) continue;
        const auto [other, added] = producer_.emplace(output, i);
        if (added) continue;
        return invalid_argument("{} is made by {} and again by {}", output,
                                nodes_[other->second].described(), nodes_[i].described());
      }
    }
    return {};
  }

  Status visit(std::size_t root) {
    if (state_[root] != State::kNew) return {};
    open(root);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      if (frame.next == frame.reads.size()) {
        state_[frame.node] = State::kDone;
        order_.push_back(frame.node);
        stack_.pop_back();
        continue;
      }
      const auto found = producer_.find(frame.reads[frame.next++]);
      if (found == producer_.end() || state_[found->second] == State::kDone) continue;
      if (state_[found->second] == State::kOpen) return cycle(found->second);
      open(found->second);
    }
    return {};
  }

  void open(std::size_t node) {
    state_[node] = State::kOpen;
    Frame frame{.node = node, .reads = {}};
    append_reads(nodes_[node], frame.reads);
    stack_.push_back(std::move(frame));
  }

  /// The open nodes from `first` to the top of the stack lead back to `first`.
  Status cycle(std::size_t first) const {
    constexpr std::size_t kMostShown = 8;
    std::size_t at = stack_.size();
    while (stack_[at - 1].node != first) --at;
    std::string path = nodes_[first].described();
    for (std::size_t i = stack_.size(), shown = 0; i >= at; --i, ++shown) {
      if (shown == kMostShown) {
        path += " -> ...";
        break;
      }
      path += " -> " + nodes_[stack_[i - 1].node].described();
    }
    return invalid_argument("nodes form a cycle: {}", path);
  }

  std::span<const NodeView> nodes_;
  std::unordered_map<std::string_view, std::size_t> producer_;
  std::vector<State> state_;
  std::vector<Frame> stack_;
  std::vector<std::size_t> order_;
};

}  // namespace

bool is_gradient(const NodeView& node) {
  return node.domain == "ai.onnx.preview.training" && node.op_type == "Gradient";
}

Result<std::vector<std::size_t>> execution_order(std::span<const NodeView> nodes) {
  return Sorter(nodes).run();
}

std::unordered_set<std::string_view> names_read(std::span<const NodeView> nodes) {
  Names reads;
  for (const NodeView& node : nodes) append_reads(node, reads);
  return {reads.begin(), reads.end()};
}

}  // namespace tern::onnx
