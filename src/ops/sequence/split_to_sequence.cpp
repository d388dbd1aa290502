#include <algorithm>
#include "base/errors.h"

#include "ops/axes.h"
#include "ops/sequence/items.h"
#include "tern/ops/sequence.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

// How long each piece is.
Result<std::vector<std::int64_t>> piece_sizes(const Tensor* split, std::int64_t size) {
  std::vector<std::int64_t> sizes;
  if (split == nullptr || split->rank() == 0) {
    const std::int64_t step = split == nullptr ? 1 : IntReader(*split)[0];
    if (step <= 0) return invalid_argument("pieces of {} elements", step);
    for (std::int64_t at = 0; at < size; at += step) sizes.push_back(std::min(step, size - at));
    return sizes;
  }
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < split->elements(); ++i) {
    sizes.push_back(IntReader(*split)[i]);
    if (sizes.back() < 0 || sizes.back() > size - total) {
      return invalid_argument("pieces do not add up to the {} elements of the axis", size);
    }
    total += sizes.back();
  }
  if (total != size) return invalid_argument("pieces add up to {}, the axis has {}", total, size);
  return sizes;
}

struct SplitToSequenceImpl {
  static constexpr std::string_view summary = "A tensor cut along `axis` into a sequence.";
  static constexpr auto inputs = std::array{
      Port{.name = "input", .types = kAnyType},
      Port{.name = "split", .types = kIndices, .kind = PortKind::kOptional, .group = 'I'}};
  static constexpr auto outputs =
      std::array{Port{.name = "output_sequence", .types = DType::kSequence, .group = 'S'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::SplitToSequence& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in[0].rank()));
    TypeInfo item = c.in[0];
    if (!op.keepdims && !c.has(1)) {
      item.shape.erase(item.shape.begin() + axis);
    } else {
      item.shape[static_cast<std::size_t>(axis)] = Dim();
    }
    c.out.push_back(TypeInfo::container(DType::kSequence, std::move(item)));
    return {};
  }

  static void reference(const ops::SplitToSequence& op, ReferenceContext& c) {
    const Status status = run(op, c);
    if (!status.ok()) c.fail(status);
  }

 private:
  static Status run(const ops::SplitToSequence& op, ReferenceContext& c) {
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in(0).rank()));
    TERN_ASSIGN_OR_RETURN(const std::vector<std::int64_t> sizes,
                          piece_sizes(c.has(1) ? &c.in(1) : nullptr, c.in(0).dim(axis)));
    std::vector<Tensor> items;
    if (!op.keepdims && !c.has(1)) {
      for (std::int64_t i = 0; i < c.in(0).dim(axis); ++i) {
        TERN_ASSIGN_OR_RETURN(Tensor item, ops::element_at(c.in(0), axis, i));
        items.push_back(std::move(item));
      }
    } else if (!sizes.empty()) {
      const Tensor lengths = Tensor::vector<std::int64_t>(std::span<const std::int64_t>(sizes));
      const Tensor* inputs[] = {&c.in(0), &lengths};
      TERN_ASSIGN_OR_RETURN(items, run_reference(ops::Split{.axis = axis}, inputs, sizes.size()));
    }
    c.set_out(0, Tensor::container(DType::kSequence, std::move(items)));
    return {};
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SplitToSequence>() {
  static constexpr OpDef def =
      make_op<ops::SplitToSequence, SplitToSequenceImpl>("SplitToSequence", "ai.onnx", 11);
  return def;
}

}  // namespace tern
