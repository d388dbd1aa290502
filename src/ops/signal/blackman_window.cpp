#include "ops/signal/cosine_window.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N).";
  static constexpr std::array coefficients{0.42, -0.5, 0.08};
};

}  // namespace

template <>
const OpDef& def_of<ops::BlackmanWindow>() {
  static constexpr OpDef def =
      make_op<ops::BlackmanWindow, ops::WindowImpl<ops::BlackmanWindow, Meaning>>("BlackmanWindow",
                                                                                  "ai.onnx", 17);
  return def;
}

}  // namespace tern
