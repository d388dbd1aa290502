#include <unordered_set>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/text.h"
#include "text/letter_case.h"

namespace tern {
namespace {

using text::LetterCase;

class Normalizing {
 public:
  explicit Normalizing(const ops::StringNormalizer& op)
      : op_(op), locale_(op.locale.empty() ? "en_US" : op.locale) {}

  Result<std::vector<std::string>> run(std::span<const std::string> texts) {
    for (const std::string& word : op_.stopwords) {
      TERN_ASSIGN_OR_RETURN(std::string key, compared(word));
      stopwords_.insert(std::move(key));
    }
    std::vector<std::string> kept;
    for (const std::string& text : texts) {
      if (!stopwords_.empty()) {
        TERN_ASSIGN_OR_RETURN(const std::string key, compared(text));
        if (stopwords_.contains(key)) continue;
      }
      TERN_ASSIGN_OR_RETURN(std::string changed, result(text));
      kept.push_back(std::move(changed));
    }
    if (kept.empty()) kept.emplace_back();
    return kept;
  }

 private:
  /// What decides whether two words are the same.
  Result<std::string> compared(const std::string& word) const {
    if (op_.is_case_sensitive) return word;
    return text::change_case(word, LetterCase::kLower, locale_);
  }

  Result<std::string> result(const std::string& text) const {
    switch (op_.case_change_action) {
      case ops::CaseChange::kNone: break;
      case ops::CaseChange::kLower: return text::change_case(text, LetterCase::kLower, locale_);
      case ops::CaseChange::kUpper: return text::change_case(text, LetterCase::kUpper, locale_);
    }
    return text;
  }

  const ops::StringNormalizer& op_;
  std::string locale_;
  std::unordered_set<std::string> stopwords_;
};

struct StringNormalizerImpl {
  static constexpr std::string_view summary = "Strings without stop words, in one case.";
  static constexpr auto inputs = std::array{Port{"X", DType::kString}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kString}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::StringNormalizer&, InferContext& c) {
    std::vector<Dim> shape = c.in[0].shape;
    if (shape.empty() || shape.size() > 2) {
      return invalid_argument("X has rank {}, not 1 or 2", shape.size());
    }
    if (shape.size() == 2 && shape[0].known() && shape[0].value() != 1) {
      return invalid_argument("X has {} rows, not 1", shape[0].value());
    }
    shape.front() = Dim(1);
    shape.back() = Dim();
    return ops::push_output(c, DType::kString, std::move(shape));
  }

  static void reference(const ops::StringNormalizer& op, ReferenceContext& c) {
    const auto kept = Normalizing(op).run(c.in(0).span<std::string>());
    if (!kept.ok()) return c.fail(kept.status());
    const auto count = static_cast<std::int64_t>(kept->size());
    Result<Tensor> y =
        Tensor::from<std::string>(c.in(0).rank() == 1 ? Shape{count} : Shape{1, count}, *kept);
    if (!y.ok()) return c.fail(y.status());
    c.set_out(0, *std::move(y));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::StringNormalizer>() {
  static constexpr OpDef def =
      make_op<ops::StringNormalizer, StringNormalizerImpl>("StringNormalizer", "ai.onnx", 10);
  return def;
}

}  // namespace tern
