#include <algorithm>
#include <numeric>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reduce/selection.h"
#include "ops/reference.h"
#include "tern/functions.h"

namespace tern {
namespace {

// The order of elements of any type: strings by bytes, complex numbers by parts.
class AnyOrder {
 public:
  explicit AnyOrder(const Tensor& t) : tensor_(t) {
    if (t.dtype() != DType::kString && !is_complex(t.dtype())) numbers_.emplace(t);
  }

  int compare(std::int64_t a, std::int64_t b) const {
    if (numbers_) return numbers_->compare(a, b);
    if (tensor_.dtype() == DType::kComplex64) return compare_parts<float>(a, b);
    if (tensor_.dtype() == DType::kComplex128) return compare_parts<double>(a, b);
    const auto* text = tensor_.data<std::string>();
    return text[a].compare(text[b]);
  }

 private:
  template <class T>
  int compare_parts(std::int64_t a, std::int64_t b) const {
    const auto* parts = static_cast<const T*>(tensor_.raw());
    for (const int part : {0, 1}) {
      const T x = parts[2 * a + part];
      const T y = parts[2 * b + part];
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  }

  const Tensor& tensor_;
  std::optional<ops::ElementOrder> numbers_;
};

// The groups of equal slices of a tensor along one axis.
struct Groups {
  std::vector<std::int64_t> first;    // by group: the first slice of it
  std::vector<std::int64_t> count;    // by group
  std::vector<std::int64_t> inverse;  // by slice: its group
};

Groups group_slices(const Tensor& x, const AxisSplit& s, bool sorted) {
  const AnyOrder order(x);
  const auto compare = [&](std::int64_t a, std::int64_t b) {
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
        if (const int result = order.compare(at(a), at(b)); result != 0) return result;
      }
    }
    return 0;
  };
  std::vector<std::int64_t> ranked(static_cast<std::size_t>(s.size));
  std::iota(ranked.begin(), ranked.end(), 0);
  // Stable, so that the first of equals stands first.
  std::ranges::stable_sort(ranked, [&](auto a, auto b) { return compare(a, b) < 0; });

  Groups groups;
  groups.inverse.resize(ranked.size());
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (i == 0 || compare(ranked[i - 1], ranked[i]) != 0) {
      groups.first.push_back(ranked[i]);
      groups.count.push_back(0);
    }
    ++groups.count.back();
    groups.inverse[static_cast<std::size_t>(ranked[i])] =
        static_cast<std::int64_t>(groups.first.size()) - 1;
  }
  if (sorted) return groups;

  std::vector<std::size_t> by_appearance(groups.first.size());
  std::iota(by_appearance.begin(), by_appearance.end(), std::size_t{0});
  std::ranges::sort(by_appearance, {}, [&](std::size_t g) { return groups.first[g]; });
  Groups renamed{.inverse = std::move(groups.inverse)};
  std::vector<std::int64_t> new_name(by_appearance.size());
  for (const std::size_t group : by_appearance) {
    new_name[group] = static_cast<std::int64_t>(renamed.first.size());
    renamed.first.push_back(groups.first[group]);
    renamed.count.push_back(groups.count[group]);
  }
  for (std::int64_t& group : renamed.inverse) group = new_name[static_cast<std::size_t>(group)];
  return renamed;
}

Tensor vector_of(const std::vector<std::int64_t>& values) {
  return Tensor::vector<std::int64_t>(std::span<const std::int64_t>(values));
}

struct UniqueImpl {
  static constexpr std::string_view summary =
      "The distinct elements or slices, and where they are.";
  static constexpr auto inputs = std::array{Port{"X", kAnyType}};
  static constexpr auto outputs =
      std::array{Port{"Y", kAnyType}, Port{"indices", DType::kI64, PortKind::kOptional, 'I'},
                 Port{"inverse_indices", DType::kI64, PortKind::kOptional, 'I'},
                 Port{"counts", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::Unique& op, InferContext& c) {
    std::vector<Dim> y{Dim()};
    Dim slices;
    if (op.axis) {
      TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(*op.axis, c.in[0].rank()));
      y = c.in[0].shape;
      slices = y[static_cast<std::size_t>(axis)];
      y[static_cast<std::size_t>(axis)] = Dim();
    } else if (c.in[0].concrete()) {
      slices = Dim(c.in[0].concrete_shape().elements());
    }
    c.out.emplace_back(c.in[0].dtype, std::move(y));
    for (const Dim& size : {Dim(), slices, Dim()}) {
      c.out.emplace_back(DType::kI64, std::vector<Dim>{size});
    }
    return {};
  }

  static void reference(const ops::Unique& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    AxisSplit s{.size = x.elements()};
    Shape shape{0};
    int axis = 0;
    if (op.axis) {
      axis = *normalize_axis(*op.axis, x.rank());
      s = split_at(x.shape(), axis);
      shape = x.shape();
    }
    const Groups groups = group_slices(x, s, op.sorted);
    const auto count = static_cast<std::int64_t>(groups.first.size());
    shape[axis] = count;
    Result<Tensor> y = Tensor::uninitialized(x.dtype(), shape);
    if (!y.ok()) return c.fail(y.status());
    std::int64_t to = 0;
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (const std::int64_t k : groups.first) {
        copy_elements(x, (o * s.size + k) * s.inner, *y, to, s.inner);
        to += s.inner;
      }
    }
    c.set_out(0, std::move(*y));
    c.set_out(1, vector_of(groups.first));
    c.set_out(2, vector_of(groups.inverse));
    c.set_out(3, vector_of(groups.count));
  }

  // The first of equals gets what flows into them: its elements are the ones copied.
  static void gradient(const ops::Unique& op, GradContext& g) {
    if (!g.grad(0).present()) return;
    const Value first = g.require_output(1);
    GraphBuilder& b = g.builder();
    if (op.axis) {
      g.set(0, b.op(ops::GatherGrad{.axis = *op.axis}, {g.grad(0), g.input(0), first}));
      return;
    }
    const Value flat = reshape(g.input(0), {-1});
    g.set(0, reshape(b.op(ops::GatherGrad{}, {g.grad(0), flat, first}), shape_of(g.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Unique>() {
  static constexpr OpDef def = make_op<ops::Unique, UniqueImpl>("Unique", "ai.onnx", 11);
  return def;
}

}  // namespace tern
