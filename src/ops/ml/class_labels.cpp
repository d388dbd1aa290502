#include "ops/ml/class_labels.h"

#include "base/errors.h"

namespace tern::ops {

Status ClassLabels::check() const {
  if (ints.empty() == strings.empty()) {
    return invalid_argument("{} string and {} integer class labels; one list of them is needed",
                            strings.size(), ints.size());
  }
  return {};
}

std::int64_t ClassLabels::count() const {
  return static_cast<std::int64_t>(strings.empty() ? ints.size() : strings.size());
}

void ClassLabels::set(Tensor& y, std::int64_t i, std::int64_t label) const {
  const auto from = static_cast<std::size_t>(label);
  if (strings.empty()) {
    y.mutable_data<std::int64_t>()[i] = ints[from];
  } else {
    y.mutable_data<std::string>()[i] = strings[from];
  }
}

Tensor ClassLabels::tensor() const {
  return strings.empty() ? Tensor::vector<std::int64_t>(ints)
                         : Tensor::vector<std::string>(strings);
}

}  // namespace tern::ops
