#include "ops/ml/forest.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/ml/forest_maker.h"

namespace tern::ops {
namespace {

constexpr std::size_t kMaxNodes = std::numeric_limits<std::int32_t>::max();

}  // namespace

Status check_count(std::string_view name, std::size_t entries, std::size_t count,
                   std::string_view what) {
  if (entries == count) return {};
  return invalid_argument("{} has {} entries, there are {} {}", name, entries, count, what);
}

Status check_optional_count(std::string_view name, std::size_t entries, std::size_t count,
                            std::string_view what) {
  return entries == 0 ? Status() : check_count(name, entries, count, what);
}

Status check_target_count(std::int64_t targets) {
  constexpr std::int64_t kMax = std::int64_t{1} << 20;
  if (targets >= 1 && targets <= kMax) return {};
  return invalid_argument("n_targets is {}, not 1 to {}", targets, kMax);
}

// ------------------------------------------------------------------------------------- evaluation

bool Forest::is_true(const TreeNode& node, double x) const {
  if (node.missing_is_true && std::isnan(x)) return true;
  switch (node.mode) {
    case TreeMode::kLeq: return x <= node.threshold;
    case TreeMode::kLt: return x < node.threshold;
    case TreeMode::kGte: return x >= node.threshold;
    case TreeMode::kGt: return x > node.threshold;
    case TreeMode::kEq: return x == node.threshold;
    case TreeMode::kNeq: return x != node.threshold;
    case TreeMode::kMember:
      // A search for NaN would find anything.
      return !std::isnan(x) &&
             std::ranges::binary_search(sets_[static_cast<std::size_t>(node.set)], x);
    case TreeMode::kLeaf: break;
  }
  return false;
}

template <class T>
std::span<const LeafWeight> Forest::leaf_of(std::int32_t root, const T* example) const {
  const TreeNode* node = &nodes_[static_cast<std::size_t>(root)];
  while (node->mode != TreeMode::kLeaf) {
    const bool yes = is_true(*node, static_cast<double>(example[node->feature]));
    node = &nodes_[static_cast<std::size_t>(yes ? node->on_true : node->on_false)];
  }
  const auto first = static_cast<std::size_t>(node->on_true);
  return std::span(weights_).subspan(first, static_cast<std::size_t>(node->on_false) - first);
}

template <class T>
void Forest::evaluate(std::span<const T> example, TreeAggregate aggregate,
                      std::span<TreeScore> scores) const {
  std::ranges::fill(scores, TreeScore());
  for (const std::int32_t root : roots_) {
    for (const LeafWeight& weight : leaf_of(root, example.data())) {
      TreeScore& score = scores[static_cast<std::size_t>(weight.target)];
      switch (aggregate) {
        case TreeAggregate::kAverage:
        case TreeAggregate::kSum: score.value += weight.value; break;
        case TreeAggregate::kMin:
          score.value = score.voted ? std::min(score.value, weight.value) : weight.value;
          break;
        case TreeAggregate::kMax:
          score.value = score.voted ? std::max(score.value, weight.value) : weight.value;
          break;
      }
      score.voted = true;
    }
  }
  if (aggregate != TreeAggregate::kAverage || roots_.empty()) return;
  for (TreeScore& score : scores) score.value /= static_cast<double>(roots_.size());
}

template void Forest::evaluate(std::span<const float>, TreeAggregate, std::span<TreeScore>) const;
template void Forest::evaluate(std::span<const double>, TreeAggregate, std::span<TreeScore>) const;

Result<Dim> tree_examples(const Forest& forest, const TypeInfo& x) {
  TERN_ASSIGN_OR_RETURN(const Dim examples, example_count(x));
  const Dim features = feature_count(x);
  if (features.known() && features.value() < forest.features()) {
    return invalid_argument("X has {} features, the trees look at feature {}", features.value(),
                            forest.features() - 1);
  }
  return examples;
}

// ------------------------------------------------------------------------------------ preparation

ForestMaker::ForestMaker(std::int64_t targets) { forest_.targets_ = targets; }

Status ForestMaker::add_node(TreeNode node) {
  if (forest_.nodes_.size() >= kMaxNodes) {
    return resource_exhausted("more than {} tree nodes", kMaxNodes);
  }
  if (node.mode != TreeMode::kLeaf) {
    if (node.feature < 0) return invalid_argument("a tree looks at feature {}", node.feature);
    forest_.features_ = std::max(forest_.features_, std::int64_t{node.feature} + 1);
  }
  forest_.nodes_.push_back(node);
  return {};
}

Status ForestMaker::add_weight(std::int64_t target, double value) {
  if (target < 0 || target >= forest_.targets_) {
    return invalid_argument("a leaf has a weight for target {}, there are {}", target,
                            forest_.targets_);
  }
  if (forest_.weights_.size() >= kMaxNodes) {
    return resource_exhausted("more than {} weights of leaves", kMaxNodes);
  }
  forest_.weights_.push_back({static_cast<std::int32_t>(target), value});
  return {};
}

// Depth first without recursion, as a tree may be as deep as it has nodes. A node is left when both
// its children are done; one that is met again before that is its own descendant.
Status ForestMaker::check_paths(std::int32_t from, std::vector<std::uint8_t>& seen) const {
  enum : std::uint8_t { kNew, kOpen, kDone };
  std::vector<std::int32_t> path{from};
  while (!path.empty()) {
    const std::int32_t at = path.back();
    const TreeNode& node = forest_.nodes_[static_cast<std::size_t>(at)];
    std::uint8_t& state = seen[static_cast<std::size_t>(at)];
    if (state == kOpen || node.mode == TreeMode::kLeaf) state = kDone;
    if (state == kDone) {
      path.pop_back();
      continue;
    }
    state = kOpen;
    for (const std::int32_t child : {node.on_true, node.on_false}) {
      const std::uint8_t child_state = seen[static_cast<std::size_t>(child)];
      if (child_state == kOpen) return invalid_argument("the nodes of a tree form a cycle");
      if (child_state == kNew) path.push_back(child);
    }
  }
  return {};
}

Result<Forest> ForestMaker::finish() {
  std::vector<std::uint8_t> seen(forest_.nodes_.size(), 0);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    TERN_TRY(check_paths(static_cast<std::int32_t>(i), seen));
  }
  for (std::vector<double>& set : forest_.sets_) std::ranges::sort(set);
  return std::move(forest_);
}

}  // namespace tern::ops
