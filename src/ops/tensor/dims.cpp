#include "ops/tensor/dims.h"

#include <algorithm>

#include "base/checked_math.h"
#include "base/errors.h"
#include "ops/reference.h"

namespace tern::ops {

Result<Dim> merge_dims(const Dim& a, const Dim& b) {
  if (a.known() && b.known() && a.value() != b.value()) {
    return invalid_argument("sizes {} and {} differ", a.value(), b.value());
  }
  if (a.known()) return a;
  if (b.known() || a.symbol() == SymbolId::kAnonymous) return b;
  return a;
}

Result<Dim> add_dims(const Dim& a, const Dim& b) {
  if (!a.known() || !b.known()) return Dim();
  const std::optional<std::int64_t> sum = checked_add(a.value(), b.value());
  if (!sum) return invalid_argument("sizes {} and {} have no sum", a.value(), b.value());
  return Dim(*sum);
}

Status check_limits(std::span<const Dim> dims) {
  std::vector<std::int64_t> sizes;
  for (const Dim& dim : dims) sizes.push_back(dim.known() ? dim.value() : 1);
  return tern::Shape::from(sizes).status();
}

Status push_output(InferContext& c, DType dtype, std::vector<Dim> dims) {
  TERN_TRY(check_limits(dims));
  c.out.emplace_back(dtype, std::move(dims));
  return {};
}

void push_unknown(InferContext& c, DType dtype, const Dim& rank) {
  if (rank.known() && rank.value() <= tern::Shape::kMaxRank) {
    c.out.emplace_back(dtype, std::vector<Dim>(static_cast<std::size_t>(rank.value())));
  } else {
    c.out.push_back(TypeInfo::of(dtype));
  }
}

std::vector<std::int64_t> int_list(const Tensor& t) {
  const IntReader values(t);
  std::vector<std::int64_t> list(static_cast<std::size_t>(t.elements()));
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = values[static_cast<std::int64_t>(i)];
  return list;
}

Status check_vector(const InferContext& c, std::size_t i, std::string_view name) {
  if (c.has(i) && c.in[i].rank() != 1) {
    return invalid_argument("{} has rank {}, not 1", name, c.in[i].rank());
  }
  return {};
}

Value int_constant(GraphBuilder& b, std::vector<std::int64_t> values) {
  return b.constant(Tensor::vector<std::int64_t>(std::span<const std::int64_t>(values)));
}

}  // namespace tern::ops
