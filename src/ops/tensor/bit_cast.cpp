#include <cstring>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/arithmetic.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric | kNarrowFloats | kSubByteInts | kComplexes | kBools;

struct BitCastImpl {
  static constexpr std::string_view summary = "The bits of the elements as another type.";
  static constexpr auto inputs = std::array{Port{"input", kTypes}};
  static constexpr auto outputs = std::array{Port{"output", kTypes, PortKind::kRequired, 'U'}};

  static Status infer(const ops::BitCast& op, InferContext& c) {
    if (!kTypes.contains(op.to)) return invalid_argument("attribute 'to' is {}", to_string(op.to));
    if (bit_width(op.to) != bit_width(c.in[0].dtype)) {
      return invalid_argument("{} has {} bits, {} has {}", to_string(c.in[0].dtype),
                              bit_width(c.in[0].dtype), to_string(op.to), bit_width(op.to));
    }
    c.out.push_back(c.in[0]);
    c.out[0].dtype = op.to;
    return {};
  }

  static void reference(const ops::BitCast& op, ReferenceContext& c) {
    if (op.to == DType::kBool) {
      // Other bytes than 0 and 1 are no bool.
      const auto* bytes = static_cast<const std::uint8_t*>(c.in(0).raw());
      for (bool& value : c.out(0).mutable_span<bool>()) value = *bytes++ != 0;
      return;
    }
    std::memcpy(c.out(0).mutable_raw(), c.in(0).raw(), c.in(0).bytes());
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::BitCast>() {
  static constexpr OpDef def = make_op<ops::BitCast, BitCastImpl>("BitCast", "ai.onnx", 26);
  return def;
}

}  // namespace tern
