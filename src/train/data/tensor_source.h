// Dataset::from_tensors with names for classes.
#pragma once

#include <string>
#include <vector>

#include "tern/dataset.h"

namespace tern {

struct TensorField {
  std::string name;
  Tensor tensor;
  std::vector<std::string> classes;
};

/// As Dataset::from_tensors.
Result<Dataset> dataset_of(std::vector<TensorField> tensors);

}  // namespace tern
