// The tree operators as models that are made once and give the scores of one example after another:
// what their references and kernels share. Reading from many threads is safe; each call of scores()
// needs room of its own, targets() entries of TreeScore and of double.
#pragma once

#include <span>
#include <vector>

#include "ops/ml/class_labels.h"
#include "ops/ml/forest.h"

namespace tern::ops {

class TreeModel {
 public:
  static Result<TreeModel> from(const TreeEnsemble& op);
  static Result<TreeModel> from(const TreeEnsembleRegressor& op);
  static Result<TreeModel> from(const TreeEnsembleClassifier& op);

  const Forest& forest() const { return forest_; }
  std::size_t targets() const { return static_cast<std::size_t>(forest_.targets()); }

  /// The transformed scores of an example (float or double) and, of a classifier, its class.
  template <class T>
  std::int64_t scores(std::span<const T> example, std::span<TreeScore> room,
                      std::span<double> scores) const;

 private:
  Status set_base(std::string_view what, std::vector<double> base);
  std::int64_t shared_score(std::span<const TreeScore> votes, std::span<double> scores) const;
  std::int64_t separate_scores(std::span<const TreeScore> votes, std::span<double> scores) const;

  Forest forest_;
  TreeAggregate aggregate_ = TreeAggregate::kSum;
  PostTransform transform_ = PostTransform::kNone;
  std::vector<double> base_;  // empty, or one a target
  // Of a classifier: no weight is negative, and two classes whose weights are all for `scored_`.
  bool shares_ = false;
  bool shared_ = false;
  std::size_t scored_ = 0;
};

inline ClassLabels labels_of(const TreeEnsembleClassifier& op) {
  return {.ints = op.classlabels_int64s, .strings = op.classlabels_strings};
}

}  // namespace tern::ops
