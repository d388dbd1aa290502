#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric | kBools | DType::kString;

struct Same {
  static constexpr TypeSet types = kTypes;
  template <class T>
  static bool apply(T a, T b) {
    return a == b;
  }
};

void compare_strings(ReferenceContext& c) {
  const Shape& out = c.out(0).shape();
  const auto* a = c.in(0).data<std::string>();
  const auto* b = c.in(1).data<std::string>();
  bool* equal = c.out(0).mutable_data<bool>();
  for_each_offset(
      out, broadcast_strides(c.in(0).shape(), out), broadcast_strides(c.in(1).shape(), out),
      [&](std::int64_t i, std::int64_t ia, std::int64_t ib) { equal[i] = a[ia] == b[ib]; });
}

struct EqualImpl {
  static constexpr std::string_view summary = "A == B.";
  static constexpr auto inputs = ops::binary_inputs(kTypes);
  static constexpr auto outputs = ops::bool_output();

  static Status infer(const ops::Equal&, InferContext& c) {
    return ops::infer_broadcast(c, DType::kBool);
  }
  static void reference(const ops::Equal&, ReferenceContext& c) {
    if (c.in(0).dtype() == DType::kString) return compare_strings(c);
    ops::reference_binary(c, ops::binary_functions<Same>());
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Equal>() {
  static constexpr OpDef def = make_op<ops::Equal, EqualImpl>("Equal", "ai.onnx", 11);
  return def;
}

}  // namespace tern
