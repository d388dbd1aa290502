#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "-X.";
  static constexpr TypeSet types = kFloats | kSignedInts;
  static double apply(const ops::Neg&, double x) { return -x; }
  static std::int64_t apply(const ops::Neg&, std::int64_t x) {
    return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(x));
  }
  static std::uint64_t apply(const ops::Neg&, std::uint64_t x) { return 0 - x; }
  static void gradient(const ops::Neg&, GradContext& g) { g.set(0, -g.grad(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Neg>() {
  static constexpr OpDef def =
      make_op<ops::Neg, ops::UnaryImpl<ops::Neg, Meaning>>("Neg", "ai.onnx", 6);
  return def;
}

}  // namespace tern
