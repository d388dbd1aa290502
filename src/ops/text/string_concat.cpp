#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/reference.h"
#include "tern/ops/text.h"

namespace tern {
namespace {

struct StringConcatImpl {
  static constexpr std::string_view summary = "X followed by Y.";
  static constexpr auto inputs = std::array{Port{"X", DType::kString}, Port{"Y", DType::kString}};
  static constexpr auto outputs = std::array{Port{"Z", DType::kString}};

  static Status infer(const ops::StringConcat&, InferContext& c) { return ops::infer_broadcast(c); }

  static void reference(const ops::StringConcat&, ReferenceContext& c) {
    const Shape& shape = c.out(0).shape();
    const auto* x = c.in(0).data<std::string>();
    const auto* y = c.in(1).data<std::string>();
    auto* z = c.out(0).mutable_data<std::string>();
    for_each_offset(shape, broadcast_strides(c.in(0).shape(), shape),
                    broadcast_strides(c.in(1).shape(), shape),
                    [&](std::int64_t i, std::int64_t a, std::int64_t b) { z[i] = x[a] + y[b]; });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::StringConcat>() {
  static constexpr OpDef def =
      make_op<ops::StringConcat, StringConcatImpl>("StringConcat", "ai.onnx", 20);
  return def;
}

}  // namespace tern
