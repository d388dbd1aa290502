#include <map>
#include <mutex>

#include "base/errors.h"
#include "runtime/view_kernels.h"
#include "tern/session.h"

namespace tern {

struct VariableStore::Impl {
  mutable std::mutex mutex;                            // guards the map, not the tensors' elements
  std::map<std::string, Tensor, std::less<>> tensors;  // a map keeps addresses
};

VariableStore::VariableStore() : impl_(std::make_unique<Impl>()) {}
VariableStore::~VariableStore() = default;

Tensor* VariableStore::find(std::string_view name) {
  const std::lock_guard lock(impl_->mutex);
  const auto it = impl_->tensors.find(name);
  return it == impl_->tensors.end() ? nullptr : &it->second;
}

const Tensor* VariableStore::find(std::string_view name) const {
  return const_cast<VariableStore*>(this)->find(name);
}

Result<Tensor*> VariableStore::add(std::string_view name, const Tensor& initial) {
  const std::lock_guard lock(impl_->mutex);
  const auto it = impl_->tensors.find(name);
  if (it == impl_->tensors.end()) {
    TERN_ASSIGN_OR_RETURN(Tensor copy, initial.clone());
    return &impl_->tensors.emplace(name, std::move(copy)).first->second;
  }
  const Tensor& present = it->second;
  if (present.dtype() != initial.dtype() || !(present.shape() == initial.shape())) {
    return invalid_argument("variable {} is {}{} in the store and {}{} in the graph", name,
                            to_string(present.dtype()), present.shape().to_string(),
                            to_string(initial.dtype()), initial.shape().to_string());
  }
  return &it->second;
}

Status VariableStore::assign(std::string_view name, const Tensor& value) {
  Tensor* variable = find(name);
  if (variable == nullptr) return not_found("there is no variable {}", name);
  if (variable->dtype() != value.dtype() || !(variable->shape() == value.shape())) {
    return invalid_argument("variable {} is {}{}, the new value {}{}", name,
                            to_string(variable->dtype()), variable->shape().to_string(),
                            to_string(value.dtype()), value.shape().to_string());
  }
  runtime::copy_elements(value, *variable);
  return {};
}

std::vector<std::string> VariableStore::names() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : impl_->tensors) names.push_back(name);
  return names;
}

}  // namespace tern
