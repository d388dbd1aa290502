#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/text.h"
#include "text/regex.h"

namespace tern {
namespace {

struct RegexFullMatchImpl {
  static constexpr std::string_view summary = "Whether the whole string matches a pattern.";
  static constexpr auto inputs = std::array{Port{"X", DType::kString}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kBool, PortKind::kRequired, 'B'}};

  static Status infer(const ops::RegexFullMatch& op, InferContext& c) {
    TERN_TRY(text::Regex::compile(op.pattern).status());
    return ops::push_output(c, DType::kBool, c.in[0].shape);
  }

  static void reference(const ops::RegexFullMatch& op, ReferenceContext& c) {
    const Result<text::Regex> regex = text::Regex::compile(op.pattern);
    if (!regex.ok()) return c.fail(regex.status());
    bool* y = c.out(0).mutable_data<bool>();
    for (const std::string& x : c.in(0).span<std::string>()) *y++ = regex->matches(x);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RegexFullMatch>() {
  static constexpr OpDef def =
      make_op<ops::RegexFullMatch, RegexFullMatchImpl>("RegexFullMatch", "ai.onnx", 20);
  return def;
}

}  // namespace tern
