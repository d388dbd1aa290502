// Decision trees, prepared once for many examples: all nodes of an ensemble in one array, children
// by index, and the weights of all leaves in another.
#pragma once

#include <span>
#include <vector>

#include "tern/graph.h"
#include "tern/ops/trees.h"

namespace tern::ops {

/// In the order of the numbers in TreeEnsemble::nodes_modes.
enum class TreeMode : std::uint8_t { kLeq, kLt, kGte, kGt, kEq, kNeq, kMember, kLeaf };

struct TreeNode {
  double threshold = 0;
  std::int32_t feature = 0;
  std::int32_t on_true = 0;   // of a leaf: its first weight
  std::int32_t on_false = 0;  // of a leaf: one past its last weight
  std::int32_t set = 0;       // of kMember: which set of members
  TreeMode mode = TreeMode::kLeaf;
  bool missing_is_true = false;
};

struct LeafWeight {
  std::int32_t target = 0;
  double value = 0;
};

/// What the trees say of one target of one example.
struct TreeScore {
  double value = 0;
  bool voted = false;  // some leaf had a weight for the target
};

class Forest {
 public:
  /// Both check everything: from here on every path ends at a leaf and every index is in range.
  static Result<Forest> from(const TreeEnsemble& op);
  static Result<Forest> from(const TreeEnsembleClassifier& op);
  static Result<Forest> from(const TreeEnsembleRegressor& op);

  std::int64_t targets() const { return targets_; }
  std::size_t trees() const { return roots_.size(); }
  /// One more than the largest feature that a branch looks at.
  std::int64_t features() const { return features_; }
  std::span<const LeafWeight> weights() const { return weights_; }

  /// The scores of all targets for an example of at least features() features, float or double. An
  /// average is over all trees, also those without a weight for the target. Allocates nothing.
  template <class T>
  void evaluate(std::span<const T> example, TreeAggregate aggregate,
                std::span<TreeScore> scores) const;

 private:
  friend class ForestMaker;

  template <class T>
  std::span<const LeafWeight> leaf_of(std::int32_t root, const T* example) const;
  bool is_true(const TreeNode& node, double x) const;

  std::vector<TreeNode> nodes_;
  std::vector<std::int32_t> roots_;
  std::vector<LeafWeight> weights_;
  std::vector<std::vector<double>> sets_;  // of kMember, each sorted
  std::int64_t targets_ = 1;
  std::int64_t features_ = 0;
};

/// Fails unless X is [N, C] with the features that the trees look at; how many examples there are.
Result<Dim> tree_examples(const Forest& forest, const TypeInfo& x);

}  // namespace tern::ops
