#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Every bit of X inverted.";
  static constexpr TypeSet types = kInts;
  static std::int64_t apply(const ops::BitwiseNot&, std::int64_t x) { return ~x; }
  static std::uint64_t apply(const ops::BitwiseNot&, std::uint64_t x) { return ~x; }
};

}  // namespace

template <>
const OpDef& def_of<ops::BitwiseNot>() {
  static constexpr OpDef def = make_op<ops::BitwiseNot, ops::UnaryImpl<ops::BitwiseNot, Meaning>>(
      "BitwiseNot", "ai.onnx", 18);
  return def;
}

}  // namespace tern
