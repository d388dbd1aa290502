// Checks the lists of an ensemble's attributes and joins them to a Forest.
#pragma once

#include <span>
#include <vector>

#include "ops/ml/forest.h"
#include "tern/status.h"

namespace tern::ops {

/// Fails unless the list has `count` entries, one for each of `what`.
Status check_count(std::string_view name, std::size_t entries, std::size_t count,
                   std::string_view what);
/// The same, but the list may be left out.
Status check_optional_count(std::string_view name, std::size_t entries, std::size_t count,
                            std::string_view what);

/// Fails unless there are 1 to 2^20 targets: memory for the scores of an example goes by a number
/// in the file.
Status check_target_count(std::int64_t targets);

class ForestMaker {
 public:
  explicit ForestMaker(std::int64_t targets);

  /// Children are indices of nodes and must be in range once all nodes are there.
  Status add_node(TreeNode node);
  Status add_weight(std::int64_t target, double value);
  void add_root(std::int32_t node) { forest_.roots_.push_back(node); }
  /// The sets of nodes of mode kMember, in the order of these nodes.
  void set_members(std::vector<std::vector<double>> sets) { forest_.sets_ = std::move(sets); }

  TreeNode& node(std::size_t i) { return forest_.nodes_[i]; }
  std::size_t nodes() const { return forest_.nodes_.size(); }
  std::size_t weights() const { return forest_.weights_.size(); }

  /// Fails when a path leads in a circle, also where no tree starts.
  Result<Forest> finish();

 private:
  Status check_paths(std::int32_t from, std::vector<std::uint8_t>& seen) const;

  Forest forest_;
};

}  // namespace tern::ops
