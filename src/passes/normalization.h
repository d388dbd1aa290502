// What LayerNormalization and RMSNormalization written in pieces have in common.
#pragma once

#include <optional>
#include <vector>

#include "passes/pass.h"

namespace tern::passes {

/// numerator / sqrt(mean(squared^2) + epsilon) with the mean over the last `axes` axes.
struct Normalized {
  ValueId numerator = kNoValue;
  ValueId squared = kNoValue;
  int axes = 0;
  double epsilon = 0;
  std::vector<ValueId> inner;  // values made on the way
};

/// The division, or the product with a reciprocal, that `node` is; nullopt when it is none.
std::optional<Normalized> match_normalized(const Graph& graph, const Node& node);

/// `factor` as 1 / sqrt(mean(squared^2) + epsilon), the numerator left open.
std::optional<Normalized> match_inverse_root(const Graph& graph, ValueId factor);

/// x of `id` = x - mean(x) over the last `axes` axes, or kNoValue. What is made on the way is added
/// to `inner`.
ValueId match_centred(const Graph& graph, ValueId id, int axes, std::vector<ValueId>& inner);

/// x of `id` = mean(x) over the last `axes` axes (any number when 0) with their axes kept.
ValueId match_mean(const Graph& graph, ValueId id, int& axes);

/// A parameter of a normalisation of `x`: of the same element type, and within the last `axes`
/// axes, each of whose sizes it has or repeats.
bool is_parameter(const Graph& graph, ValueId id, ValueId x, int axes);

/// The type to compute in: f32, or f64 where that is the type of the elements.
DType stash_type_for(DType dtype);

/// Ones for a normalisation that has no scale.
Result<ValueId> unit_scale(Graph& graph, ValueId x, int axes);

/// The parameter that the one node that uses `result` brings in by `op`, an Add or a Mul; `result`
/// then becomes what that node makes. kNoValue, and nothing else, when there is none.
ValueId parameter_above(const Graph& graph, const Op& op, ValueId x, int axes, ValueId& result);

}  // namespace tern::passes
