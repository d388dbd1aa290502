#include <map>

#include "ops/evaluate.h"
#include "tests/support/op_checks.h"

namespace tern::testing {
namespace {

enum class Sizes { kNumbers, kDistinctSymbols, kSymbolPerSize, kUnknown };
enum class Values { kAll, kAllButFirst, kNone };

using SymbolSizes = std::map<SymbolId, std::int64_t>;

std::string describe(Sizes sizes, Values values) {
  constexpr std::array kSizes{"numbers", "distinct symbols", "one symbol per size", "unknown"};
  constexpr std::array kValues{"all known", "all but the first known", "unknown"};
  return std::string("sizes are ") + kSizes[static_cast<std::size_t>(sizes)] + ", values are " +
         kValues[static_cast<std::size_t>(values)];
}

std::vector<Dim> symbolic(const Shape& shape, Sizes sizes, SymbolSizes& symbols) {
  std::vector<Dim> dims;
  for (const std::int64_t size : shape) {
    if (sizes == Sizes::kUnknown) {
      dims.emplace_back();
      continue;
    }
    const std::size_t number =
        sizes == Sizes::kDistinctSymbols ? symbols.size() + 1 : static_cast<std::size_t>(size) + 1;
    const auto symbol = static_cast<SymbolId>(number);
    symbols[symbol] = size;
    dims.emplace_back(symbol);
  }
  return dims;
}

InferContext make_context(const OpCase& test, Sizes sizes, Values values, SymbolSizes& symbols) {
  InferContext context;
  context.wanted_outputs = test.expected.size();
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const Tensor& input = test.inputs[i];
    const bool value_known = values == Values::kAll || (values == Values::kAllButFirst && i > 0);
    const bool constant = input.defined() && value_known;
    context.in_constant.push_back(constant ? &input : nullptr);
    if (!input.defined()) {
      context.in.emplace_back();
    } else if (constant || sizes == Sizes::kNumbers) {
      context.in.push_back(TypeInfo::of(input));
    } else {
      context.in.emplace_back(input.dtype(), symbolic(input.shape(), sizes, symbols));
    }
  }
  return context;
}

void expect_consistent(const TypeInfo& inferred, const Tensor& actual, const SymbolSizes& symbols) {
  if (inferred.dtype != DType::kUndefined) {
    EXPECT_EQ(to_string(inferred.dtype), to_string(actual.dtype()));
  }
  if (!inferred.has_rank) return;
  ASSERT_EQ(inferred.rank(), actual.rank());
  for (int axis = 0; axis < actual.rank(); ++axis) {
    const Dim& dim = inferred.shape[static_cast<std::size_t>(axis)];
    if (dim.known()) {
      EXPECT_EQ(dim.value(), actual.dim(axis)) << "axis " << axis;
    } else if (const auto it = symbols.find(dim.symbol()); it != symbols.end()) {
      EXPECT_EQ(it->second, actual.dim(axis)) << "the symbol of axis " << axis;
    } else {
      EXPECT_EQ(dim.symbol(), SymbolId::kAnonymous) << "axis " << axis << " has a made up symbol";
    }
  }
}

void check_variant(const OpCase& test, const std::vector<Tensor>& actual, Sizes sizes,
                   Values values) {
  SCOPED_TRACE(describe(sizes, values));
  SymbolSizes symbols;
  InferContext context = make_context(test, sizes, values, symbols);
  const Status status = infer_types(test.op, context);
  ASSERT_TRUE(status.ok()) << status.to_string();
  ASSERT_GE(context.out.size(), actual.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    SCOPED_TRACE("output " + std::to_string(i));
    expect_consistent(context.out[i], actual[i], symbols);
    if (sizes == Sizes::kNumbers && values == Values::kAll && !test.op.def().data_dependent) {
      EXPECT_TRUE(context.out[i].concrete()) << "everything is known, but not the output";
    }
  }
}

}  // namespace

void check_inference(const OpCase& test) {
  const auto actual = evaluate_op(test.op, input_pointers(test.inputs), test.expected.size());
  if (!actual.ok()) return;  // check_reference has said so
  for (const Values values : {Values::kAll, Values::kAllButFirst, Values::kNone}) {
    for (const Sizes sizes :
         {Sizes::kNumbers, Sizes::kDistinctSymbols, Sizes::kSymbolPerSize, Sizes::kUnknown}) {
      check_variant(test, *actual, sizes, values);
    }
  }
}

}  // namespace tern::testing
