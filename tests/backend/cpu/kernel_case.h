// Every kernel of the CPU that takes a node, against the operator's reference.
#pragma once

#include <string>
#include <vector>

#include "tern/op.h"
#include "tern/precision.h"
#include "tests/support/tensors.h"

namespace tern::testing {

struct KernelCase {
  std::string name;
  Op op;
  std::vector<Tensor> inputs = {};  // an undefined Tensor where the node leaves the input out
  std::size_t outputs = 1;
  std::vector<std::size_t> constants = {};  // inputs that the program knows
  Tolerance tolerance = {1e-5, 1e-5};
  Precision precision = Precision::kF32;  // that the program asks for
};

/// Runs all kernels that match on pools of one to four threads and compares all outputs. Fails
/// unless `kernel` is the first of them: the one a program takes.
void expect_kernels_agree(const KernelCase& test, const std::string& kernel);

}  // namespace tern::testing
