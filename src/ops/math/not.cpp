#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Not X.";
  static constexpr TypeSet types = kBools;
  template <class T>
  static bool apply(const ops::Not&, T x) {
    return x == 0;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Not>() {
  static constexpr OpDef def =
      make_op<ops::Not, ops::UnaryImpl<ops::Not, Meaning>>("Not", "ai.onnx", 1);
  return def;
}

}  // namespace tern
