// Ensembles of decision trees (ai.onnx.ml): random forests, boosted trees.
//
// A tree leads an example from its root to a leaf: at a branch the feature is compared with the
// threshold, x <= t for BRANCH_LEQ and so on, and the true or the false child comes next. NaN takes
// the true child where `nodes_missing_value_tracks_true` says so and otherwise compares as NaN
// does. Lists of one prefix have one length. Trees with cycles, children that are not there and
// targets out of range are refused.
#pragma once

#include "tern/ops/ml.h"

namespace tern::ops {

/// The ensemble of opset 5. Branches are nodes. A child is the index of a leaf where
/// `nodes_trueleafs` (`nodes_falseleafs`) is 1, else of a node; `tree_roots` are indices of nodes.
/// A leaf adds its weight to its target. `nodes_modes` (u8) are 0 to 6: x <= t, x < t, x >= t, x >
/// t, x == t, x != t, x is in the next set of `membership_values`, which NaN ends. X is [N, C],
/// f16, f32 or f64, the output [N, n_targets] of X's type.
struct TreeEnsemble {
  std::int64_t aggregate_function = 1;  // TreeAggregate
  std::vector<std::int64_t> leaf_targetids;
  Tensor leaf_weights;
  Tensor membership_values;
  std::int64_t n_targets = 1;
  std::vector<std::int64_t> nodes_falseleafs;
  std::vector<std::int64_t> nodes_falsenodeids;
  std::vector<std::int64_t> nodes_featureids;
  Tensor nodes_hitrates;  // how often a node was seen in training; changes nothing
  std::vector<std::int64_t> nodes_missing_value_tracks_true;
  Tensor nodes_modes;
  Tensor nodes_splits;
  std::vector<std::int64_t> nodes_trueleafs;
  std::vector<std::int64_t> nodes_truenodeids;
  std::int64_t post_transform = 0;  // PostTransform
  std::vector<std::int64_t> tree_roots;
  static constexpr auto fields = Fields{
      Field{"aggregate_function", &TreeEnsemble::aggregate_function},
      Field{"leaf_targetids", &TreeEnsemble::leaf_targetids, kRequiredField},
      Field{"leaf_weights", &TreeEnsemble::leaf_weights, kRequiredField},
      Field{"membership_values", &TreeEnsemble::membership_values},
      Field{"n_targets", &TreeEnsemble::n_targets},
      Field{"nodes_falseleafs", &TreeEnsemble::nodes_falseleafs, kRequiredField},
      Field{"nodes_falsenodeids", &TreeEnsemble::nodes_falsenodeids, kRequiredField},
      Field{"nodes_featureids", &TreeEnsemble::nodes_featureids, kRequiredField},
      Field{"nodes_hitrates", &TreeEnsemble::nodes_hitrates},
      Field{"nodes_missing_value_tracks_true", &TreeEnsemble::nodes_missing_value_tracks_true},
      Field{"nodes_modes", &TreeEnsemble::nodes_modes, kRequiredField},
      Field{"nodes_splits", &TreeEnsemble::nodes_splits, kRequiredField},
      Field{"nodes_trueleafs", &TreeEnsemble::nodes_trueleafs, kRequiredField},
      Field{"nodes_truenodeids", &TreeEnsemble::nodes_truenodeids, kRequiredField},
      Field{"post_transform", &TreeEnsemble::post_transform},
      Field{"tree_roots", &TreeEnsemble::tree_roots, kRequiredField}};
};

/// The classifier of opsets 1 and 3. A node is named by its tree and its number in it; a leaf adds
/// class_weights to any number of classes, and `base_values` are added to the sums. The largest
/// score of a class that has one wins. Where two classes share one score s (all weights are for one
/// class), the second class wins above 0.5 when no weight is negative, else above 0; Z is then
/// (1 - s, s) or (-s, s). X is [N, C].
struct TreeEnsembleClassifier {
  std::vector<float> base_values;
  Tensor base_values_as_tensor;
  std::vector<std::int64_t> class_ids;
  std::vector<std::int64_t> class_nodeids;
  std::vector<std::int64_t> class_treeids;
  std::vector<float> class_weights;
  Tensor class_weights_as_tensor;
  std::vector<std::int64_t> classlabels_int64s;
  std::vector<std::string> classlabels_strings;
  std::vector<std::int64_t> nodes_falsenodeids;
  std::vector<std::int64_t> nodes_featureids;
  std::vector<float> nodes_hitrates;
  Tensor nodes_hitrates_as_tensor;
  std::vector<std::int64_t> nodes_missing_value_tracks_true;
  std::vector<std::string> nodes_modes;
  std::vector<std::int64_t> nodes_nodeids;
  std::vector<std::int64_t> nodes_treeids;
  std::vector<std::int64_t> nodes_truenodeids;
  std::vector<float> nodes_values;
  Tensor nodes_values_as_tensor;
  PostTransform post_transform = PostTransform::kNone;
  static constexpr auto fields =
      Fields{Field{"base_values", &TreeEnsembleClassifier::base_values},
             Field{"base_values_as_tensor", &TreeEnsembleClassifier::base_values_as_tensor},
             Field{"class_ids", &TreeEnsembleClassifier::class_ids},
             Field{"class_nodeids", &TreeEnsembleClassifier::class_nodeids},
             Field{"class_treeids", &TreeEnsembleClassifier::class_treeids},
             Field{"class_weights", &TreeEnsembleClassifier::class_weights},
             Field{"class_weights_as_tensor", &TreeEnsembleClassifier::class_weights_as_tensor},
             Field{"classlabels_int64s", &TreeEnsembleClassifier::classlabels_int64s},
             Field{"classlabels_strings", &TreeEnsembleClassifier::classlabels_strings},
             Field{"nodes_falsenodeids", &TreeEnsembleClassifier::nodes_falsenodeids},
             Field{"nodes_featureids", &TreeEnsembleClassifier::nodes_featureids},
             Field{"nodes_hitrates", &TreeEnsembleClassifier::nodes_hitrates},
             Field{"nodes_hitrates_as_tensor", &TreeEnsembleClassifier::nodes_hitrates_as_tensor},
             Field{"nodes_missing_value_tracks_true",
                   &TreeEnsembleClassifier::nodes_missing_value_tracks_true},
             Field{"nodes_modes", &TreeEnsembleClassifier::nodes_modes},
             Field{"nodes_nodeids", &TreeEnsembleClassifier::nodes_nodeids},
             Field{"nodes_treeids", &TreeEnsembleClassifier::nodes_treeids},
             Field{"nodes_truenodeids", &TreeEnsembleClassifier::nodes_truenodeids},
             Field{"nodes_values", &TreeEnsembleClassifier::nodes_values},
             Field{"nodes_values_as_tensor", &TreeEnsembleClassifier::nodes_values_as_tensor},
             Field{"post_transform", &TreeEnsembleClassifier::post_transform}};
};

/// The regressor of opsets 1 and 3, nodes as the classifier's: f32 [N, n_targets]. `base_values`,
/// one for each target or one for all, are added to what the trees give.
struct TreeEnsembleRegressor {
  TreeAggregate aggregate_function = TreeAggregate::kSum;
  std::vector<float> base_values;
  Tensor base_values_as_tensor;
  std::int64_t n_targets = 1;
  std::vector<std::int64_t> nodes_falsenodeids;
  std::vector<std::int64_t> nodes_featureids;
  std::vector<float> nodes_hitrates;
  Tensor nodes_hitrates_as_tensor;
  std::vector<std::int64_t> nodes_missing_value_tracks_true;
  std::vector<std::string> nodes_modes;
  std::vector<std::int64_t> nodes_nodeids;
  std::vector<std::int64_t> nodes_treeids;
  std::vector<std::int64_t> nodes_truenodeids;
  std::vector<float> nodes_values;
  Tensor nodes_values_as_tensor;
  PostTransform post_transform = PostTransform::kNone;
  std::vector<std::int64_t> target_ids;
  std::vector<std::int64_t> target_nodeids;
  std::vector<std::int64_t> target_treeids;
  std::vector<float> target_weights;
  Tensor target_weights_as_tensor;
  static constexpr auto fields =
      Fields{Field{"aggregate_function", &TreeEnsembleRegressor::aggregate_function},
             Field{"base_values", &TreeEnsembleRegressor::base_values},
             Field{"base_values_as_tensor", &TreeEnsembleRegressor::base_values_as_tensor},
             Field{"n_targets", &TreeEnsembleRegressor::n_targets},
             Field{"nodes_falsenodeids", &TreeEnsembleRegressor::nodes_falsenodeids},
             Field{"nodes_featureids", &TreeEnsembleRegressor::nodes_featureids},
             Field{"nodes_hitrates", &TreeEnsembleRegressor::nodes_hitrates},
             Field{"nodes_hitrates_as_tensor", &TreeEnsembleRegressor::nodes_hitrates_as_tensor},
             Field{"nodes_missing_value_tracks_true",
                   &TreeEnsembleRegressor::nodes_missing_value_tracks_true},
             Field{"nodes_modes", &TreeEnsembleRegressor::nodes_modes},
             Field{"nodes_nodeids", &TreeEnsembleRegressor::nodes_nodeids},
             Field{"nodes_treeids", &TreeEnsembleRegressor::nodes_treeids},
             Field{"nodes_truenodeids", &TreeEnsembleRegressor::nodes_truenodeids},
             Field{"nodes_values", &TreeEnsembleRegressor::nodes_values},
             Field{"nodes_values_as_tensor", &TreeEnsembleRegressor::nodes_values_as_tensor},
             Field{"post_transform", &TreeEnsembleRegressor::post_transform},
             Field{"target_ids", &TreeEnsembleRegressor::target_ids},
             Field{"target_nodeids", &TreeEnsembleRegressor::target_nodeids},
             Field{"target_treeids", &TreeEnsembleRegressor::target_treeids},
             Field{"target_weights", &TreeEnsembleRegressor::target_weights},
             Field{"target_weights_as_tensor", &TreeEnsembleRegressor::target_weights_as_tensor}};
};

}  // namespace tern::ops
