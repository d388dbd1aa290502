#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A and B.";
  static constexpr TypeSet types = kBools;
  template <class T>
  static bool apply(T a, T b) {
    return a != 0 && b != 0;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::And>() {
  static constexpr OpDef def =
      make_op<ops::And, ops::PredicateImpl<ops::And, Meaning>>("And", "ai.onnx", 7);
  return def;
}

}  // namespace tern
