#include "ops/ml/tree_models.h"

#include <algorithm>

#include "base/errors.h"
#include "ops/ml/features.h"
#include "ops/ml/post_transform.h"

namespace tern::ops {
namespace {

template <class Enum>
Status check_number(std::string_view name, std::int64_t number) {
  const auto count = static_cast<std::int64_t>(AttributeEnum<Enum>::names.size());
  if (number >= 0 && number < count) return {};
  return invalid_argument("{} is {}, not 0 to {}", name, number, count - 1);
}

}  // namespace

Result<TreeModel> TreeModel::from(const TreeEnsemble& op) {
  TERN_TRY(check_number<TreeAggregate>("aggregate_function", op.aggregate_function));
  TERN_TRY(check_number<PostTransform>("post_transform", op.post_transform));
  TreeModel model;
  model.aggregate_ = static_cast<TreeAggregate>(op.aggregate_function);
  model.transform_ = static_cast<PostTransform>(op.post_transform);
  TERN_ASSIGN_OR_RETURN(model.forest_, Forest::from(op));
  return model;
}

Result<TreeModel> TreeModel::from(const TreeEnsembleRegressor& op) {
  TreeModel model;
  model.aggregate_ = op.aggregate_function;
  model.transform_ = op.post_transform;
  TERN_ASSIGN_OR_RETURN(model.forest_, Forest::from(op));
  TERN_ASSIGN_OR_RETURN(std::vector<double> base,
                        number_list("base_values", op.base_values, op.base_values_as_tensor));
  if (base.size() == 1) base.resize(model.targets(), base[0]);
  TERN_TRY(model.set_base("targets", std::move(base)));
  return model;
}

Result<TreeModel> TreeModel::from(const TreeEnsembleClassifier& op) {
  TERN_TRY(labels_of(op).check());
  TreeModel model;
  model.transform_ = op.post_transform;
  TERN_ASSIGN_OR_RETURN(model.forest_, Forest::from(op));
  const auto weights = model.forest_.weights();
  model.shares_ = std::ranges::none_of(weights, [](const auto& w) { return w.value < 0; });
  model.shared_ = model.targets() == 2 && !weights.empty() &&
                  std::ranges::all_of(
                      weights, [&](const LeafWeight& w) { return w.target == weights[0].target; });
  if (model.shared_) model.scored_ = static_cast<std::size_t>(weights[0].target);
  TERN_ASSIGN_OR_RETURN(std::vector<double> base,
                        number_list("base_values", op.base_values, op.base_values_as_tensor));
  if (base.size() == 1 && model.shared_) base.resize(2, base[0]);
  TERN_TRY(model.set_base("classes", std::move(base)));
  return model;
}

Status TreeModel::set_base(std::string_view what, std::vector<double> base) {
  if (!base.empty() && base.size() != targets()) {
    return invalid_argument("base_values has {} entries, there are {} {}", base.size(), targets(),
                            what);
  }
  base_ = std::move(base);
  return {};
}

template <class T>
std::int64_t TreeModel::scores(std::span<const T> example, std::span<TreeScore> room,
                               std::span<double> scores) const {
  forest_.evaluate(example, aggregate_, room);
  for (std::size_t t = 0; t < base_.size(); ++t) {
    room[t].value += base_[t];
    room[t].voted = true;
  }
  return shared_ ? shared_score(room, scores) : separate_scores(room, scores);
}

template std::int64_t TreeModel::scores(std::span<const float>, std::span<TreeScore>,
                                        std::span<double>) const;
template std::int64_t TreeModel::scores(std::span<const double>, std::span<TreeScore>,
                                        std::span<double>) const;

std::int64_t TreeModel::shared_score(std::span<const TreeScore> votes,
                                     std::span<double> scores) const {
  const double score = votes[scored_].value;
  std::ranges::copy(two_scores(transform_, score, shares_), scores.begin());
  return score > (shares_ ? 0.5 : 0.0) ? 1 : 0;
}

std::int64_t TreeModel::separate_scores(std::span<const TreeScore> votes,
                                        std::span<double> scores) const {
  std::size_t best = 0;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    scores[k] = votes[k].value;
    if (!votes[k].voted) continue;
    if (!votes[best].voted || scores[k] > scores[best]) best = k;
  }
  apply_transform(transform_, scores);
  return static_cast<std::int64_t>(best);
}

}  // namespace tern::ops
