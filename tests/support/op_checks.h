// The checks that every operator case goes through. Another way to run a model (a backend, an
// exporter) joins by one more function and one more row in op_checks.cpp.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "graph/op_def.h"
#include "tests/support/op_case.h"

namespace tern::testing {

struct OpCheck {
  std::string_view name;
  /// Reports with EXPECT_ and ASSERT_; returns without a word when the case is none of its
  /// business.
  void (*run)(const OpCase&);
};

std::span<const OpCheck> op_checks();

/// The reference (or the expansion of an operator without one) gives the expected outputs.
void check_reference(const OpCase& test);
/// Both ways of an operator that has a reference and an expansion agree.
void check_expansion(const OpCase& test);
/// Inference never contradicts the actual outputs, whatever is known of the inputs: sizes as
/// numbers, as symbols or not at all; values of inputs known or not.
void check_inference(const OpCase& test);
/// The attributes survive being written out by name and read back.
void check_attributes(const OpCase& test);
/// In each other floating type that the ports allow, the operator gives what it gives in f64 for
/// the same (rounded) inputs.
void check_other_dtypes(const OpCase& test);
/// The gradient rule agrees with central differences in f64, for known and unknown sizes.
void check_gradient(const OpCase& test);
/// A session gives the expected outputs with passes and without, by every choice of kernels that
/// constants among the inputs make.
void check_session(const OpCase& test);
/// So does the model that is read back from an exported file.
void check_export(const OpCase& test);

/// Every kernel of the CPU's table that takes the case, of the instruction set in force, agrees
/// with the reference: with one thread and several, with constant inputs and without, with outputs
/// over those inputs that it may overwrite, and with the same bits in a second run.
void check_kernels(const OpCase& test);

/// Null where an input is left out.
std::vector<const Tensor*> input_pointers(const std::vector<Tensor>& inputs);
/// The port of input i (the last one for further inputs of a variadic port).
const Port& input_port(const OpDef& def, std::size_t i);
/// The inputs with all floating ones as `dtype`; empty when a port does not take that.
std::vector<Tensor> floats_as(DType dtype, const OpCase& test);

}  // namespace tern::testing
