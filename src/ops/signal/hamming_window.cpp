#include "ops/signal/cosine_window.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "25/46 - 21/46 cos(2 pi n / N).";
  static constexpr std::array coefficients{25.0 / 46.0, -21.0 / 46.0};
};

}  // namespace

template <>
const OpDef& def_of<ops::HammingWindow>() {
  static constexpr OpDef def =
      make_op<ops::HammingWindow, ops::WindowImpl<ops::HammingWindow, Meaning>>("HammingWindow",
                                                                                "ai.onnx", 17);
  return def;
}

}  // namespace tern
