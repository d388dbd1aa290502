#include <algorithm>

#include "base/errors.h"
#include "base/utf8.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/microsoft.h"
#include "tern/thread_pool.h"
#include "text/regex.h"

namespace tern {
namespace {

using Tokens = std::vector<std::string_view>;

std::size_t character_length(std::string_view text) {
  return std::max<std::size_t>(1, utf8_length(text));  // what is no UTF-8 goes byte by byte
}

std::int64_t count_characters(std::string_view text) {
  std::int64_t count = 0;
  for (; !text.empty(); text.remove_prefix(character_length(text))) ++count;
  return count;
}

Tokens characters_of(std::string_view text) {
  Tokens tokens;
  for (; !text.empty(); text.remove_prefix(tokens.back().size())) {
    tokens.push_back(text.substr(0, character_length(text)));
  }
  return tokens;
}

// Matches of nothing are no tokens and separate nothing; the search goes on behind the next
// character.
void for_each_match(const text::Regex& regex, std::string_view text,
                    FunctionRef<void(std::size_t begin, std::size_t length)> visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::optional<text::Regex::Match> match = regex.find(text.substr(at));
    if (!match) return;
    const std::size_t begin = at + match->begin;
    if (match->length > 0) visit(begin, match->length);
    at = begin + match->length;
    if (match->length == 0 && at < text.size()) at += character_length(text.substr(at));
  }
}

Tokens matches_of(const text::Regex& regex, std::string_view text) {
  Tokens tokens;
  for_each_match(regex, text, [&](std::size_t begin, std::size_t length) {
    tokens.push_back(text.substr(begin, length));
  });
  return tokens;
}

Tokens between(const text::Regex& separator, const Tokens& pieces) {
  Tokens tokens;
  for (const std::string_view piece : pieces) {
    std::size_t start = 0;
    for_each_match(separator, piece, [&](std::size_t begin, std::size_t length) {
      tokens.push_back(piece.substr(start, begin - start));
      start = begin + length;
    });
    tokens.push_back(piece.substr(start));
  }
  return tokens;
}

struct Rules {
  bool by_character = false;
  std::vector<text::Regex> separators;
  std::vector<text::Regex> token;  // none or one
};

Result<Rules> compile(const ops::Tokenizer& op) {
  if (op.tokenexp.empty() == op.separators.empty()) {
    return invalid_argument("it has {} separators and the tokenexp '{}': one of them is needed",
                            op.separators.size(), op.tokenexp);
  }
  if (op.mincharnum < 1) return invalid_argument("mincharnum is {}, not 1 or more", op.mincharnum);
  Rules rules;
  if (!op.tokenexp.empty()) {
    TERN_ASSIGN_OR_RETURN(text::Regex token, text::Regex::compile(op.tokenexp));
    rules.token.push_back(std::move(token));
    return rules;
  }
  rules.by_character = op.separators.size() == 1 && op.separators[0].empty();
  if (rules.by_character) return rules;
  for (const std::string& pattern : op.separators) {
    if (pattern.empty())
      return invalid_argument("one of {} separators is empty", op.separators.size());
    TERN_ASSIGN_OR_RETURN(text::Regex separator, text::Regex::compile(pattern));
    rules.separators.push_back(std::move(separator));
  }
  return rules;
}

Tokens tokens_of(const ops::Tokenizer& op, const Rules& rules, std::string_view text) {
  Tokens tokens;
  if (rules.by_character) {
    tokens = characters_of(text);
  } else if (!rules.token.empty()) {
    tokens = matches_of(rules.token[0], text);
  } else {
    tokens = {text};
    for (const text::Regex& separator : rules.separators) tokens = between(separator, tokens);
  }
  std::erase_if(tokens, [&](std::string_view t) { return count_characters(t) < op.mincharnum; });
  if (op.mark) {
    tokens.insert(tokens.begin(), "\x02");
    tokens.emplace_back("\x03");
  }
  return tokens;
}

Result<Tensor> padded(const std::vector<Tokens>& all, const Shape& of, const std::string& padding) {
  std::size_t most = 0;
  for (const Tokens& tokens : all) most = std::max(most, tokens.size());
  std::vector<std::int64_t> dims(of.begin(), of.end());
  dims.push_back(static_cast<std::int64_t>(most));
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  TERN_ASSIGN_OR_RETURN(Tensor y, Tensor::zeros(DType::kString, shape));
  std::string* row = y.mutable_data<std::string>();
  for (const Tokens& tokens : all) {
    std::string* const end = std::ranges::copy(tokens, row).out;
    row += most;
    std::fill(end, row, padding);
  }
  return y;
}

struct TokenizerImpl {
  static constexpr std::string_view summary = "The tokens of strings by regular expressions.";
  static constexpr auto inputs = std::array{Port{"X", DType::kString}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kString}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::Tokenizer& op, InferContext& c) {
    TERN_TRY(compile(op).status());
    std::vector<Dim> dims = c.in[0].shape;
    if (dims.empty() || dims.size() > 2) {
      return invalid_argument("X has rank {}, not 1 or 2", dims.size());
    }
    dims.emplace_back();
    return ops::push_output(c, DType::kString, std::move(dims));
  }

  static void reference(const ops::Tokenizer& op, ReferenceContext& c) {
    const Result<Rules> rules = compile(op);
    if (!rules.ok()) return c.fail(rules.status());
    const Tensor& x = c.in(0);
    std::vector<Tokens> all;
    for (const std::string& text : x.span<std::string>())
      all.push_back(tokens_of(op, *rules, text));
    Result<Tensor> y = padded(all, x.shape(), op.pad_value);
    if (!y.ok()) return c.fail(y.status());
    c.set_out(0, *std::move(y));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Tokenizer>() {
  static constexpr OpDef def =
      make_op<ops::Tokenizer, TokenizerImpl>("Tokenizer", "com.microsoft", 1);
  return def;
}

}  // namespace tern
