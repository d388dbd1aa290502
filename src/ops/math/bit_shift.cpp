#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

// A shift by the width or more leaves nothing, whatever the machine's own instruction does.
struct Left {
  static constexpr TypeSet types = kUnsignedInts;
  template <class T>
  static T apply(T x, T bits) {
    return static_cast<std::uint64_t>(bits) < 64 ? x << bits : 0;
  }
};

struct Right {
  static constexpr TypeSet types = kUnsignedInts;
  template <class T>
  static T apply(T x, T bits) {
    return static_cast<std::uint64_t>(bits) < 64 ? x >> bits : 0;
  }
};

struct BitShiftImpl {
  static constexpr std::string_view summary = "X shifted by Y bits.";
  static constexpr auto inputs = ops::binary_inputs(kUnsignedInts);
  static constexpr auto outputs = ops::binary_output(kUnsignedInts);

  static Status infer(const ops::BitShift&, InferContext& c) { return ops::infer_broadcast(c); }
  static void reference(const ops::BitShift& op, ReferenceContext& c) {
    ops::reference_binary(c, op.direction == ops::ShiftDirection::kLeft
                                 ? ops::binary_functions<Left>()
                                 : ops::binary_functions<Right>());
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::BitShift>() {
  static constexpr OpDef def = make_op<ops::BitShift, BitShiftImpl>("BitShift", "ai.onnx", 11);
  return def;
}

}  // namespace tern
