#include <algorithm>
#include <limits>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/text.h"
#include "text/white_space.h"

namespace tern {
namespace {

using Pieces = std::vector<std::string_view>;

Pieces split_at(std::string_view text, std::string_view delimiter, std::size_t most) {
  Pieces pieces;
  for (std::size_t at; pieces.size() < most; text.remove_prefix(at + delimiter.size())) {
    at = text.find(delimiter);
    if (at == std::string_view::npos) break;
    pieces.push_back(text.substr(0, at));
  }
  pieces.push_back(text);
  return pieces;
}

std::string_view without_leading_space(std::string_view text) {
  while (const std::size_t bytes = text::space_length(text)) text.remove_prefix(bytes);
  return text;
}

// Space at the end goes away too, unless it belongs to the piece that is left over after `most`.
Pieces split_at_space(std::string_view text, std::size_t most) {
  Pieces pieces;
  text = without_leading_space(text);
  while (!text.empty() && pieces.size() < most) {
    std::size_t end = 0;
    while (end < text.size() && text::space_length(text.substr(end)) == 0) ++end;
    pieces.push_back(text.substr(0, end));
    text = without_leading_space(text.substr(end));
  }
  if (!text.empty()) pieces.push_back(text);
  return pieces;
}

Result<Tensor> padded(const std::vector<Pieces>& all, const Shape& of) {
  std::size_t most = 0;
  for (const Pieces& pieces : all) most = std::max(most, pieces.size());
  std::vector<std::int64_t> dims(of.begin(), of.end());
  dims.push_back(static_cast<std::int64_t>(most));
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  TERN_ASSIGN_OR_RETURN(Tensor y, Tensor::zeros(DType::kString, shape));
  auto* row = y.mutable_data<std::string>();
  for (const Pieces& pieces : all) {
    std::ranges::copy(pieces, row);
    row += most;
  }
  return y;
}

struct StringSplitImpl {
  static constexpr std::string_view summary = "The pieces of strings between delimiters.";
  static constexpr auto inputs = std::array{Port{"X", DType::kString}};
  static constexpr auto outputs =
      std::array{Port{"Y", DType::kString}, Port{"Z", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr bool data_dependent = true;

  static Status infer(const ops::StringSplit&, InferContext& c) {
    std::vector<Dim> pieces = c.in[0].shape;
    pieces.emplace_back();
    TERN_TRY(ops::push_output(c, DType::kString, std::move(pieces)));
    return ops::push_output(c, DType::kI64, c.in[0].shape);
  }

  static void reference(const ops::StringSplit& op, ReferenceContext& c) {
    // A negative number is none, as in Python.
    const std::int64_t stated = op.maxsplit.value_or(-1);
    const std::size_t most =
        stated < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(stated);
    std::vector<Pieces> all;
    for (const std::string& text : c.in(0).span<std::string>()) {
      all.push_back(op.delimiter.empty() ? split_at_space(text, most)
                                         : split_at(text, op.delimiter, most));
    }
    Result<Tensor> y = padded(all, c.in(0).shape());
    if (!y.ok()) return c.fail(y.status());
    Result<Tensor> z = Tensor::zeros(DType::kI64, c.in(0).shape());
    if (!z.ok()) return c.fail(z.status());
    for (std::size_t i = 0; i < all.size(); ++i) {
      z->mutable_data<std::int64_t>()[i] = static_cast<std::int64_t>(all[i].size());
    }
    c.set_out(0, *std::move(y));
    c.set_out(1, *std::move(z));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::StringSplit>() {
  static constexpr OpDef def =
      make_op<ops::StringSplit, StringSplitImpl>("StringSplit", "ai.onnx", 20);
  return def;
}

}  // namespace tern
