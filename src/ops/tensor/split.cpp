#include <algorithm>
#include <numeric>

#include "base/checked_math.h"
#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

// `pieces` sizes of ceil(size / pieces), the last ones smaller where it does not divide.
std::vector<std::int64_t> equal_sizes(std::int64_t size, std::size_t pieces) {
  const auto n = static_cast<std::int64_t>(pieces);
  const std::int64_t chunk = size / n + (size % n != 0);
  std::vector<std::int64_t> sizes(pieces);
  for (std::int64_t& piece : sizes) {
    piece = std::min(chunk, size);
    size -= piece;
  }
  return sizes;
}

Status check_sizes(std::span<const std::int64_t> sizes, std::size_t outputs, const Dim& dim) {
  if (sizes.size() != outputs) {
    return invalid_argument("split has {} sizes for {} outputs", sizes.size(), outputs);
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    const std::optional<std::int64_t> next = checked_add(sum, size);
    if (size < 0 || !next) return invalid_argument("split has a size of {}", size);
    sum = *next;
  }
  if (dim.known() && sum != dim.value()) {
    return invalid_argument("the sizes of split add up to {}, the axis has {}", sum, dim.value());
  }
  return {};
}

struct SplitImpl {
  static constexpr std::string_view summary = "The input cut into pieces along `axis`.";
  static constexpr auto inputs =
      std::array{Port{"input", kAnyType}, Port{"split", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"outputs", kAnyType, PortKind::kVariadic}};

  static Status infer(const ops::Split& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in[0].rank()));
    TERN_TRY(ops::check_vector(c, 1, "split"));
    const std::size_t pieces = c.wanted_outputs;
    if (pieces == 0) return invalid_argument("Split has no output");
    if (op.num_outputs && *op.num_outputs != static_cast<std::int64_t>(pieces)) {
      return invalid_argument("num_outputs is {} and the node has {}", *op.num_outputs, pieces);
    }
    if (op.num_outputs && c.has(1)) return invalid_argument("both split and num_outputs are given");
    const Dim dim = c.in[0].shape[static_cast<std::size_t>(axis)];
    std::optional<std::vector<std::int64_t>> sizes = c.ints(1);
    if (sizes) TERN_TRY(check_sizes(*sizes, pieces, dim));
    if (!c.has(1) && dim.known()) sizes = equal_sizes(dim.value(), pieces);
    for (std::size_t i = 0; i < pieces; ++i) {
      c.out.push_back(c.in[0]);
      c.out[i].shape[static_cast<std::size_t>(axis)] = sizes ? Dim((*sizes)[i]) : Dim();
    }
    return {};
  }

  static void reference(const ops::Split& op, ReferenceContext& c) {
    const int axis = *normalize_axis(op.axis, c.in(0).rank());
    const AxisSplit in = split_at(c.in(0).shape(), axis);
    const std::vector<std::int64_t> sizes =
        c.has(1) ? ops::int_list(c.in(1)) : equal_sizes(in.size, c.outputs());
    if (Status s = check_sizes(sizes, c.outputs(), in.size); !s.ok()) return c.fail(std::move(s));
    std::int64_t first = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const std::int64_t row = sizes[i] * in.inner;
      for (std::int64_t o = 0; c.wants(i) && o < in.outer; ++o) {
        copy_elements(c.in(0), (o * in.size + first) * in.inner, c.out(i), o * row, row);
      }
      first += sizes[i];
    }
  }

  // The gradients of the pieces put together, zeros for pieces that nothing flows into.
  static void gradient(const ops::Split& op, GradContext& g) {
    std::vector<Value> parts;
    for (std::size_t i = 0; i < g.outputs(); ++i) {
      if (!g.output(i).present()) {
        return g.builder().fail(unimplemented("the gradient of a Split with an output left out"));
      }
      parts.push_back(g.grad(i).present() ? g.grad(i) : zeros_like(g.output(i)));
    }
    g.set(0, concat(parts, op.axis));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Split>() {
  static constexpr OpDef def = make_op<ops::Split, SplitImpl>("Split", "ai.onnx", 13);
  return def;
}

}  // namespace tern
