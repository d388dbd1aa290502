#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A <= B.";
  static constexpr TypeSet types = kNumeric;
  template <class T>
  static bool apply(T a, T b) {
    return a <= b;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LessOrEqual>() {
  static constexpr OpDef def =
      make_op<ops::LessOrEqual, ops::PredicateImpl<ops::LessOrEqual, Meaning>>("LessOrEqual",
                                                                               "ai.onnx", 12);
  return def;
}

}  // namespace tern
