#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A & B bit by bit.";
  static constexpr TypeSet types = kInts;
  template <class T>
  static T apply(T a, T b) {
    return a & b;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::BitwiseAnd>() {
  static constexpr OpDef def = make_op<ops::BitwiseAnd, ops::BinaryImpl<ops::BitwiseAnd, Meaning>>(
      "BitwiseAnd", "ai.onnx", 18);
  return def;
}

}  // namespace tern
