#include "tests/support/op_checks.h"

#include <algorithm>

#include "ops/evaluate.h"

namespace tern::testing {

std::span<const OpCheck> op_checks() {
  static constexpr std::array checks{
      OpCheck{"reference", check_reference},       OpCheck{"expansion", check_expansion},
      OpCheck{"inference", check_inference},       OpCheck{"attributes", check_attributes},
      OpCheck{"other dtypes", check_other_dtypes}, OpCheck{"gradient", check_gradient},
      OpCheck{"session", check_session},           OpCheck{"export", check_export},
      OpCheck{"kernels", check_kernels},
  };
  return checks;
}

const Port& input_port(const OpDef& def, std::size_t i) {
  return def.inputs[std::min(i, def.inputs.size() - 1)];
}

std::vector<Tensor> floats_as(DType dtype, const OpCase& test) {
  std::vector<Tensor> inputs = test.inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_floating(inputs[i].dtype())) continue;
    if (!input_port(test.op.def(), i).types.contains(dtype)) return {};
    inputs[i] = as(dtype, inputs[i]);
  }
  return inputs;
}

void check_reference(const OpCase& test) {
  const auto results = evaluate_op(test.op, input_pointers(test.inputs), test.expected.size());
  ASSERT_TRUE(results.ok()) << results.status().to_string();
  for (std::size_t i = 0; i < test.expected.size(); ++i) {
    if (!test.expected[i].defined()) continue;
    EXPECT_TRUE(all_close((*results)[i], test.expected[i], test.tolerance)) << "output " << i;
  }
}

void check_expansion(const OpCase& test) {
  const OpDef& def = test.op.def();
  if (def.reference == nullptr || def.expand == nullptr) return;
  const auto results =
      evaluate_expansion(test.op, input_pointers(test.inputs), test.expected.size());
  ASSERT_TRUE(results.ok()) << results.status().to_string();
  for (std::size_t i = 0; i < test.expected.size(); ++i) {
    if (!test.expected[i].defined()) continue;
    EXPECT_TRUE(all_close((*results)[i], test.expected[i], test.tolerance)) << "output " << i;
  }
}

void check_attributes(const OpCase& test) {
  Op copy(test.op.def());
  for (const auto& [name, value] : test.op.attribute_values()) {
    if (std::holds_alternative<std::monostate>(value)) continue;
    const Status set = copy.set(name, value);
    EXPECT_TRUE(set.ok()) << set.to_string();
  }
  EXPECT_TRUE(copy == test.op);
}

void check_other_dtypes(const OpCase& test) {
  const bool has_floats = std::ranges::any_of(
      test.inputs, [](const Tensor& input) { return is_floating(input.dtype()); });
  if (!test.other_dtypes || !has_floats || test.op.def().random) return;
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16}) {
    const std::vector<Tensor> rounded = floats_as(dtype, test);
    if (rounded.empty()) continue;
    SCOPED_TRACE(std::string(to_string(dtype)));
    OpCase wide{.name = test.name, .op = test.op, .inputs = rounded};
    wide.inputs = floats_as(DType::kF64, wide);
    if (wide.inputs.empty()) return;
    const std::size_t outputs = test.expected.size();
    const auto actual = evaluate_op(test.op, input_pointers(rounded), outputs);
    const auto exact = evaluate_op(test.op, input_pointers(wide.inputs), outputs);
    ASSERT_TRUE(actual.ok()) << actual.status().to_string();
    ASSERT_TRUE(exact.ok()) << exact.status().to_string();
    for (std::size_t i = 0; i < outputs; ++i) {
      const Tensor& expected = (*exact)[i];
      const DType type = (*actual)[i].dtype();
      EXPECT_TRUE(type == dtype || type == expected.dtype()) << to_string(type);
      EXPECT_TRUE(all_close((*actual)[i], type == expected.dtype() ? expected : as(type, expected),
                            test.tolerance))
          << "output " << i;
    }
  }
}

}  // namespace tern::testing
