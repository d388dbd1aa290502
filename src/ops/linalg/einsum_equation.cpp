#include "ops/linalg/einsum_equation.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "ops/broadcast.h"

namespace tern::ops {
namespace {

constexpr int kLetters = 52;

int letter_label(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return 26 + c - 'a';
  return -1;
}

// One term: letters, perhaps around an ellipsis.
struct Term {
  std::vector<int> before;  // letters; all of them without an ellipsis
  std::vector<int> after;
  bool ellipsis = false;

  int letters() const { return static_cast<int>(before.size() + after.size()); }
  /// The labels of a term of `rank` axes; those of the ellipsis follow the letters.
  Labels labels(int ellipsis_axes) const {
    Labels all = before;
    for (int i = ellipsis_axes - 1; i >= 0; --i) all.push_back(kLetters + i);
    all.insert(all.end(), after.begin(), after.end());
    return all;
  }
};

Result<Term> parse_term(std::string_view text) {
  Term term;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "...") {
      if (term.ellipsis) return invalid_argument("'{}' has two ellipses", text);
      term.ellipsis = true;
      i += 2;
      continue;
    }
    const int label = letter_label(text[i]);
    if (label < 0) return invalid_argument("'{}' has a '{}' that is no letter", text, text[i]);
    (term.ellipsis ? term.after : term.before).push_back(label);
  }
  return term;
}

std::string without_spaces(std::string_view text) {
  std::string result(text);
  std::erase(result, ' ');
  return result;
}

// The axes of the output without "->": the ellipsis, then letters that occur once.
Term implicit_output(std::span<const Term> operands) {
  std::array<int, kLetters> count{};
  Term output;
  for (const Term& term : operands) {
    output.ellipsis = output.ellipsis || term.ellipsis;
    for (const int label : term.before) ++count[static_cast<std::size_t>(label)];
    for (const int label : term.after) ++count[static_cast<std::size_t>(label)];
  }
  for (int label = 0; label < kLetters; ++label) {
    if (count[static_cast<std::size_t>(label)] != 1) continue;
    (output.ellipsis ? output.after : output.before).push_back(label);
  }
  return output;
}

Status check_output(const Labels& output, std::span<const Labels> operands) {
  for (auto it = output.begin(); it != output.end(); ++it) {
    if (std::find(it + 1, output.end(), *it) != output.end()) {
      return invalid_argument("the output has an axis twice");
    }
    const bool known = std::ranges::any_of(operands, [&](const Labels& labels) {
      return std::ranges::find(labels, *it) != labels.end();
    });
    if (!known) return invalid_argument("the output has an axis that no operand has");
  }
  return {};
}

Result<std::vector<Term>> parse_terms(std::string_view list) {
  std::vector<Term> terms;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    TERN_ASSIGN_OR_RETURN(Term term, parse_term(list.substr(begin, end - begin)));
    terms.push_back(std::move(term));
    begin = end + 1;
  }
  return terms;
}

}  // namespace

Result<EinsumEquation> EinsumEquation::parse(std::string_view equation,
                                             std::span<const int> ranks) {
  const std::string text = without_spaces(equation);
  const std::size_t arrow = text.find("->");
  TERN_ASSIGN_OR_RETURN(std::vector<Term> terms,
                        parse_terms(std::string_view(text).substr(0, arrow)));
  if (terms.size() != ranks.size()) {
    return invalid_argument("'{}' has {} operands, there are {} inputs", equation, terms.size(),
                            ranks.size());
  }
  EinsumEquation result;
  int most = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const int rest = ranks[i] - terms[i].letters();
    if (rest < 0 || (rest > 0 && !terms[i].ellipsis)) {
      return invalid_argument("operand {} of '{}' names {} axes, the input has {}", i, equation,
                              terms[i].letters(), ranks[i]);
    }
    result.operands.push_back(terms[i].labels(rest));
    most = std::max(most, rest);
  }
  Term output;
  if (arrow == std::string::npos) {
    output = implicit_output(terms);
  } else {
    TERN_ASSIGN_OR_RETURN(output, parse_term(std::string_view(text).substr(arrow + 2)));
  }
  result.output = output.labels(output.ellipsis ? most : 0);
  result.labels = kLetters + most;
  TERN_TRY(check_output(result.output, result.operands));
  return result;
}

Result<std::vector<Dim>> EinsumEquation::sizes(std::span<const TypeInfo> operand_types) const {
  std::vector<Dim> all(static_cast<std::size_t>(labels), Dim(1));
  for (std::size_t k = 0; k < operands.size(); ++k) {
    for (std::size_t axis = 0; axis < operands[k].size(); ++axis) {
      Dim& size = all[static_cast<std::size_t>(operands[k][axis])];
      const Dim& other = operand_types[k].shape[axis];
      Result<std::vector<Dim>> common = broadcast_dims({&size, 1}, {&other, 1});
      if (!common.ok()) {
        return std::move(common).status().with_context(
            fmt::format("axis {} of operand {}", axis, k));
      }
      size = (*common)[0];
    }
  }
  return all;
}

}  // namespace tern::ops
