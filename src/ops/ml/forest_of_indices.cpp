// The ensemble of opset 5: branches and leaves in lists of their own, children by index.
#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "ops/ml/forest_maker.h"
#include "ops/reference.h"

namespace tern::ops {
namespace {

Result<std::vector<double>> real_numbers(std::string_view name, const Tensor& tensor) {
  if (!is_floating(tensor.dtype())) {
    return invalid_argument("{} is {}, not a floating type", name, to_string(tensor.dtype()));
  }
  return read_f64(tensor);
}

// Sets that NaN ends; the last one may go without.
std::vector<std::vector<double>> member_sets(std::span<const double> values) {
  std::vector<std::vector<double>> sets;
  bool open = false;
  for (const double value : values) {
    if (!open) sets.emplace_back();
    open = !std::isnan(value);
    if (open) sets.back().push_back(value);
  }
  return sets;
}

class IndexedEnsemble {
 public:
  explicit IndexedEnsemble(const TreeEnsemble& op) : op_(op), maker_(op.n_targets) {}

  Result<Forest> build() {
    TERN_TRY(check_lists());
    TERN_TRY(add_branches());
    TERN_TRY(add_leaves());
    for (const std::int64_t root : op_.tree_roots) {
      if (root < 0 || static_cast<std::size_t>(root) >= branches_) {
        return invalid_argument("tree_roots has {}, there are {} nodes", root, branches_);
      }
      maker_.add_root(static_cast<std::int32_t>(root));
    }
    return maker_.finish();
  }

 private:
  Status check_lists() {
    TERN_TRY(check_target_count(op_.n_targets));
    branches_ = op_.nodes_featureids.size();
    leaves_ = op_.leaf_targetids.size();
    TERN_ASSIGN_OR_RETURN(splits_, real_numbers("nodes_splits", op_.nodes_splits));
    TERN_ASSIGN_OR_RETURN(weights_, real_numbers("leaf_weights", op_.leaf_weights));
    if (op_.nodes_modes.dtype() != DType::kU8) {
      return invalid_argument("nodes_modes is {}, not u8", to_string(op_.nodes_modes.dtype()));
    }
    modes_ = op_.nodes_modes.span<std::uint8_t>();
    const auto per_node = [&](std::string_view name, std::size_t entries) {
      return check_count(name, entries, branches_, "nodes");
    };
    TERN_TRY(per_node("nodes_splits", splits_.size()));
    TERN_TRY(per_node("nodes_modes", modes_.size()));
    TERN_TRY(per_node("nodes_trueleafs", op_.nodes_trueleafs.size()));
    TERN_TRY(per_node("nodes_falseleafs", op_.nodes_falseleafs.size()));
    TERN_TRY(per_node("nodes_truenodeids", op_.nodes_truenodeids.size()));
    TERN_TRY(per_node("nodes_falsenodeids", op_.nodes_falsenodeids.size()));
    TERN_TRY(check_optional_count("nodes_missing_value_tracks_true",
                                  op_.nodes_missing_value_tracks_true.size(), branches_, "nodes"));
    return check_count("leaf_weights", weights_.size(), leaves_, "leaves");
  }

  /// Leaves stand behind the branches.
  Result<std::int32_t> child(std::string_view name, std::int64_t index, bool leaf) const {
    const std::size_t count = leaf ? leaves_ : branches_;
    if (index < 0 || static_cast<std::size_t>(index) >= count) {
      return invalid_argument("{} has {}, there are {} {}", name, index, count,
                              leaf ? "leaves" : "nodes");
    }
    return static_cast<std::int32_t>(index + static_cast<std::int64_t>(leaf ? branches_ : 0));
  }

  Status add_branches() {
    if (branches_ + leaves_ > INT32_MAX) return resource_exhausted("more than 2^31 - 1 nodes");
    std::int32_t sets = 0;
    for (std::size_t i = 0; i < branches_; ++i) {
      const auto mode = static_cast<TreeMode>(modes_[i]);
      if (mode >= TreeMode::kLeaf) return invalid_argument("nodes_modes has {}", modes_[i]);
      if (op_.nodes_featureids[i] < 0 || op_.nodes_featureids[i] >= INT32_MAX) {
        return invalid_argument("nodes_featureids has {}", op_.nodes_featureids[i]);
      }
      TreeNode node{.threshold = splits_[i],
                    .feature = static_cast<std::int32_t>(op_.nodes_featureids[i]),
                    .mode = mode};
      TERN_ASSIGN_OR_RETURN(node.on_true, child("nodes_truenodeids", op_.nodes_truenodeids[i],
                                                op_.nodes_trueleafs[i] != 0));
      TERN_ASSIGN_OR_RETURN(node.on_false, child("nodes_falsenodeids", op_.nodes_falsenodeids[i],
                                                 op_.nodes_falseleafs[i] != 0));
      if (mode == TreeMode::kMember) node.set = sets++;
      node.missing_is_true = !op_.nodes_missing_value_tracks_true.empty() &&
                             op_.nodes_missing_value_tracks_true[i] != 0;
      TERN_TRY(maker_.add_node(node));
    }
    return add_sets(static_cast<std::size_t>(sets));
  }

  Status add_sets(std::size_t members) {
    std::vector<std::vector<double>> sets;
    if (op_.membership_values.defined()) {
      TERN_ASSIGN_OR_RETURN(const std::vector<double> values,
                            real_numbers("membership_values", op_.membership_values));
      sets = member_sets(values);
    }
    if (sets.size() < members) {
      return invalid_argument("membership_values has {} sets, {} nodes are of mode MEMBER",
                              sets.size(), members);
    }
    maker_.set_members(std::move(sets));
    return {};
  }

  Status add_leaves() {
    for (std::size_t i = 0; i < leaves_; ++i) {
      TERN_TRY(maker_.add_weight(op_.leaf_targetids[i], weights_[i]));
      const auto at = static_cast<std::int32_t>(i);
      TERN_TRY(maker_.add_node({.on_true = at, .on_false = at + 1, .mode = TreeMode::kLeaf}));
    }
    return {};
  }

  const TreeEnsemble& op_;
  ForestMaker maker_;
  std::size_t branches_ = 0;
  std::size_t leaves_ = 0;
  std::vector<double> splits_;
  std::vector<double> weights_;
  std::span<const std::uint8_t> modes_;
};

}  // namespace

Result<Forest> Forest::from(const TreeEnsemble& op) { return IndexedEnsemble(op).build(); }

}  // namespace tern::ops
