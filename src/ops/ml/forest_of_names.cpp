// The ensembles of opsets 1 and 3: a node is named by its tree and its number in it.
#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

#include "base/errors.h"
#include "ops/ml/features.h"
#include "ops/ml/forest_maker.h"

namespace tern::ops {
namespace {

using Ints = std::span<const std::int64_t>;

struct NodeName {
  std::int64_t tree;
  std::int64_t node;
  bool operator==(const NodeName&) const = default;
};
struct NodeNameHash {
  std::size_t operator()(const NodeName& name) const {
    const auto mixed = static_cast<std::uint64_t>(name.tree) * 0x9e3779b97f4a7c15ULL ^
                       static_cast<std::uint64_t>(name.node);
    return std::hash<std::uint64_t>()(mixed);
  }
};

/// Both operators' attributes: class_* and target_* are votes.
struct NamedLists {
  Ints trees, nodes, features, on_true, on_false, missing;
  std::span<const std::string> modes;
  std::vector<double> thresholds;
  std::string_view vote_prefix;  // "class" or "target"
  Ints vote_trees, vote_nodes, vote_ids;
  std::vector<double> vote_weights;
  std::int64_t targets = 0;
};

Result<TreeMode> mode_of(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kNames{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE",
                                                          "BRANCH_GT",  "BRANCH_EQ", "BRANCH_NEQ"};
  if (text == "LEAF") return TreeMode::kLeaf;
  const auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return invalid_argument("nodes_modes has '{}'", text);
  return static_cast<TreeMode>(found - kNames.begin());
}

class NamedEnsemble {
 public:
  explicit NamedEnsemble(NamedLists lists) : lists_(std::move(lists)), maker_(lists_.targets) {}

  Result<Forest> build() {
    TERN_TRY(check_lists());
    TERN_TRY(add_nodes());
    TERN_TRY(join_children());
    TERN_TRY(add_roots());
    TERN_TRY(add_votes());
    return maker_.finish();
  }

 private:
  Status check_lists() const {
    const std::size_t count = lists_.trees.size();
    const auto per_node = [&](std::string_view name, std::size_t entries) {
      return check_count(name, entries, count, "nodes_treeids");
    };
    TERN_TRY(per_node("nodes_nodeids", lists_.nodes.size()));
    TERN_TRY(per_node("nodes_featureids", lists_.features.size()));
    TERN_TRY(per_node("nodes_modes", lists_.modes.size()));
    TERN_TRY(per_node("nodes_values", lists_.thresholds.size()));
    TERN_TRY(per_node("nodes_truenodeids", lists_.on_true.size()));
    TERN_TRY(per_node("nodes_falsenodeids", lists_.on_false.size()));
    TERN_TRY(check_optional_count("nodes_missing_value_tracks_true", lists_.missing.size(), count,
                                  "nodes_treeids"));
    const std::size_t votes = lists_.vote_trees.size();
    const auto per_vote = [&](std::string_view what, std::size_t entries) {
      return check_count(fmt::format("{}_{}", lists_.vote_prefix, what), entries, votes,
                         fmt::format("{}_treeids", lists_.vote_prefix));
    };
    TERN_TRY(per_vote("nodeids", lists_.vote_nodes.size()));
    TERN_TRY(per_vote("ids", lists_.vote_ids.size()));
    return per_vote("weights", lists_.vote_weights.size());
  }

  Status add_nodes() {
    for (std::size_t i = 0; i < lists_.trees.size(); ++i) {
      const NodeName name{lists_.trees[i], lists_.nodes[i]};
      if (!by_name_.emplace(name, static_cast<std::int32_t>(i)).second) {
        return invalid_argument("node {} of tree {} is there twice", name.node, name.tree);
      }
      TERN_ASSIGN_OR_RETURN(const TreeMode mode, mode_of(lists_.modes[i]));
      TreeNode node{.threshold = lists_.thresholds[i], .mode = mode};
      if (mode != TreeMode::kLeaf) {
        if (lists_.features[i] < 0 || lists_.features[i] >= INT32_MAX) {
          return invalid_argument("nodes_featureids has {}", lists_.features[i]);
        }
        node.feature = static_cast<std::int32_t>(lists_.features[i]);
        node.missing_is_true = !lists_.missing.empty() && lists_.missing[i] != 0;
      }
      TERN_TRY(maker_.add_node(node));
    }
    return {};
  }

  Result<std::int32_t> find(NodeName name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      return invalid_argument("tree {} has no node {}", name.tree, name.node);
    }
    return found->second;
  }

  Status join_children() {
    is_child_.assign(maker_.nodes(), false);
    for (std::size_t i = 0; i < maker_.nodes(); ++i) {
      TreeNode& node = maker_.node(i);
      if (node.mode == TreeMode::kLeaf) continue;
      TERN_ASSIGN_OR_RETURN(node.on_true, find({lists_.trees[i], lists_.on_true[i]}));
      TERN_ASSIGN_OR_RETURN(node.on_false, find({lists_.trees[i], lists_.on_false[i]}));
      is_child_[static_cast<std::size_t>(node.on_true)] = true;
      is_child_[static_cast<std::size_t>(node.on_false)] = true;
    }
    return {};
  }

  /// The root of a tree is its first node that is nobody's child.
  Status add_roots() {
    std::unordered_map<std::int64_t, bool> has_root;
    for (std::size_t i = 0; i < maker_.nodes(); ++i) {
      bool& found = has_root[lists_.trees[i]];
      if (found || is_child_[i]) continue;
      found = true;
      maker_.add_root(static_cast<std::int32_t>(i));
    }
    for (const auto& [tree, found] : has_root) {
      if (!found) return invalid_argument("the nodes of tree {} form a cycle", tree);
    }
    return {};
  }

  /// Weights of one leaf lie side by side, in the order of the file. Those of branches are never
  /// reached.
  Status add_votes() {
    std::vector<std::int32_t> leaf(lists_.vote_trees.size());
    for (std::size_t v = 0; v < leaf.size(); ++v) {
      TERN_ASSIGN_OR_RETURN(leaf[v], find({lists_.vote_trees[v], lists_.vote_nodes[v]}));
    }
    std::vector<std::size_t> order(leaf.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t v) { return leaf[v]; });
    for (std::size_t at = 0; at < order.size();) {
      TreeNode& node = maker_.node(static_cast<std::size_t>(leaf[order[at]]));
      const auto first = static_cast<std::int32_t>(maker_.weights());
      const std::int32_t here = leaf[order[at]];
      for (; at < order.size() && leaf[order[at]] == here; ++at) {
        TERN_TRY(maker_.add_weight(lists_.vote_ids[order[at]], lists_.vote_weights[order[at]]));
      }
      if (node.mode != TreeMode::kLeaf) continue;
      node.on_true = first;
      node.on_false = static_cast<std::int32_t>(maker_.weights());
    }
    return {};
  }

  NamedLists lists_;
  ForestMaker maker_;
  std::unordered_map<NodeName, std::int32_t, NodeNameHash> by_name_;
  std::vector<bool> is_child_;
};

template <class Op>
Result<NamedLists> node_lists(const Op& op) {
  NamedLists lists{.trees = op.nodes_treeids,
                   .nodes = op.nodes_nodeids,
                   .features = op.nodes_featureids,
                   .on_true = op.nodes_truenodeids,
                   .on_false = op.nodes_falsenodeids,
                   .missing = op.nodes_missing_value_tracks_true,
                   .modes = op.nodes_modes};
  TERN_ASSIGN_OR_RETURN(lists.thresholds,
                        number_list("nodes_values", op.nodes_values, op.nodes_values_as_tensor));
  return lists;
}

}  // namespace

Result<Forest> Forest::from(const TreeEnsembleClassifier& op) {
  TERN_ASSIGN_OR_RETURN(NamedLists lists, node_lists(op));
  lists.vote_prefix = "class";
  lists.vote_trees = op.class_treeids;
  lists.vote_nodes = op.class_nodeids;
  lists.vote_ids = op.class_ids;
  TERN_ASSIGN_OR_RETURN(lists.vote_weights,
                        number_list("class_weights", op.class_weights, op.class_weights_as_tensor));
  lists.targets = static_cast<std::int64_t>(
      std::max(op.classlabels_int64s.size(), op.classlabels_strings.size()));
  return NamedEnsemble(std::move(lists)).build();
}

Result<Forest> Forest::from(const TreeEnsembleRegressor& op) {
  TERN_ASSIGN_OR_RETURN(NamedLists lists, node_lists(op));
  lists.vote_prefix = "target";
  lists.vote_trees = op.target_treeids;
  lists.vote_nodes = op.target_nodeids;
  lists.vote_ids = op.target_ids;
  TERN_ASSIGN_OR_RETURN(lists.vote_weights, number_list("target_weights", op.target_weights,
                                                        op.target_weights_as_tensor));
  lists.targets = op.n_targets;
  TERN_TRY(check_target_count(lists.targets));
  return NamedEnsemble(std::move(lists)).build();
}

}  // namespace tern::ops
