#include "ops/signal/cosine_window.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "0.5 - 0.5 cos(2 pi n / N).";
  static constexpr std::array coefficients{0.5, -0.5};
};

}  // namespace

template <>
const OpDef& def_of<ops::HannWindow>() {
  static constexpr OpDef def = make_op<ops::HannWindow, ops::WindowImpl<ops::HannWindow, Meaning>>(
      "HannWindow", "ai.onnx", 17);
  return def;
}

}  // namespace tern
