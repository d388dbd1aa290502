#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Either A or B.";
  static constexpr TypeSet types = kBools;
  template <class T>
  static bool apply(T a, T b) {
    return (a != 0) != (b != 0);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Xor>() {
  static constexpr OpDef def =
      make_op<ops::Xor, ops::PredicateImpl<ops::Xor, Meaning>>("Xor", "ai.onnx", 7);
  return def;
}

}  // namespace tern
