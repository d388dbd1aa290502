#include <cstring>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

// The product of all sizes, or nullopt while one is not known.
std::optional<std::int64_t> known_elements(const std::vector<Dim>& dims) {
  std::int64_t n = 1;
  for (const Dim& dim : dims) {
    if (!dim.known()) return std::nullopt;
    n *= dim.value();
  }
  return n;
}

Status resolve(const std::vector<Dim>& in, bool allowzero, std::vector<Dim>& out,
               int unknown_axis) {
  const std::optional<std::int64_t> total = known_elements(in);
  const std::optional<std::int64_t> rest = [&]() -> std::optional<std::int64_t> {
    std::vector<Dim> others = out;
    if (unknown_axis >= 0) others[static_cast<std::size_t>(unknown_axis)] = Dim(1);
    return known_elements(others);
  }();
  if (!total || !rest) return {};
  if (unknown_axis < 0) {
    if (*total != *rest) return invalid_argument("{} elements do not make {}", *total, *rest);
    return {};
  }
  if (*rest == 0 ? (*total != 0 || allowzero) : *total % *rest != 0) {
    return invalid_argument("{} elements cannot be divided into rows of {}", *total, *rest);
  }
  out[static_cast<std::size_t>(unknown_axis)] = Dim(*rest == 0 ? 0 : *total / *rest);
  return {};
}

struct ReshapeImpl {
  static constexpr std::string_view summary = "The elements of data under another shape.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"shape", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"reshaped", kAnyType}};

  static Status infer(const ops::Reshape& op, InferContext& c) {
    if (c.in[1].rank() != 1) return invalid_argument("shape has rank {}, not 1", c.in[1].rank());
    std::optional<std::vector<std::int64_t>> wanted = c.ints(1);
    // A shape of no sizes is known before its value is.
    if (c.in[1].shape[0].known() && c.in[1].shape[0].value() == 0) wanted.emplace();
    if (!wanted) {
      // The rank still follows from the number of sizes.
      const Dim& rank = c.in[1].shape[0];
      c.out.push_back(TypeInfo::of(c.in[0].dtype));
      if (rank.known() && rank.value() <= tern::Shape::kMaxRank) {
        c.out.back() =
            TypeInfo(c.in[0].dtype, std::vector<Dim>(static_cast<std::size_t>(rank.value())));
      }
      return {};
    }
    if (wanted->size() > tern::Shape::kMaxRank) {
      return invalid_argument("rank {} is above the limit of {}", wanted->size(),
                              tern::Shape::kMaxRank);
    }
    std::vector<Dim> out;
    int unknown_axis = -1;
    for (std::size_t i = 0; i < wanted->size(); ++i) {
      const std::int64_t size = (*wanted)[i];
      if (size == -1) {
        if (unknown_axis >= 0) return invalid_argument("two sizes of the new shape are -1");
        unknown_axis = static_cast<int>(i);
        out.emplace_back();
      } else if (size == 0 && !op.allowzero) {
        if (i >= c.in[0].shape.size()) {
          return invalid_argument("size {} copies an axis that a rank {} input lacks", i,
                                  c.in[0].rank());
        }
        out.push_back(c.in[0].shape[i]);
      } else if (size < 0) {
        return invalid_argument("size {} of the new shape is {}", i, size);
      } else {
        out.emplace_back(size);
      }
    }
    TERN_TRY(resolve(c.in[0].shape, op.allowzero, out, unknown_axis));
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Reshape&, ReferenceContext& c) {
    for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
      copy_element(c.in(0), i, c.out(0), i);
    }
  }

  static void gradient(const ops::Reshape&, GradContext& g) {
    g.set(0, reshape(g.grad(0), shape_of(g.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Reshape>() {
  static constexpr OpDef def = make_op<ops::Reshape, ReshapeImpl>("Reshape", "ai.onnx", 14);
  return def;
}

}  // namespace tern
