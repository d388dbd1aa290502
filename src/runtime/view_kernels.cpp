#include "runtime/view_kernels.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tern/ops/tensor.h"

namespace tern::runtime {
namespace {

Result<std::shared_ptr<const void>> no_plan(const PlanContext&) {
  return std::shared_ptr<const void>();
}

constinit const KernelDef kView = [] {
  KernelDef def{.name = "view"};
  def.plan = &no_plan;
  def.run = [](const void*, RunContext& c) noexcept {
    Tensor& out = *c.out[0];
    out = Tensor::view(out.dtype(), out.shape(), const_cast<void*>(c.in[0]->raw()));
  };
  return def;
}();

constinit const KernelDef kCopy = [] {
  KernelDef def{.name = "copy"};
  def.plan = &no_plan;
  def.run = [](const void*, RunContext& c) noexcept { copy_elements(*c.in[0], *c.out[0]); };
  return def;
}();

// The axes longer than 1 stay in their order.
bool keeps_order(const ops::Transpose& transpose, const Shape& input) {
  if (transpose.perm.empty()) return input.rank() <= 1;
  std::int64_t last = -1;
  for (const std::int64_t axis : transpose.perm) {
    const std::int64_t from_front = axis < 0 ? axis + input.rank() : axis;
    if (input[static_cast<int>(from_front)] == 1) continue;
    if (from_front < last) return false;
    last = from_front;
  }
  return true;
}

}  // namespace

bool is_view(const Op& op, const Shape& input) {
  if (const auto* transpose = op.as<ops::Transpose>()) return keeps_order(*transpose, input);
  return may_be_view(op);
}

bool may_be_view(const Op& op) {
  if (op.is<ops::Transpose>()) return true;
  static constexpr std::array<std::string_view, 5> kNames{"Flatten", "Identity", "Reshape",
                                                          "Squeeze", "Unsqueeze"};
  return op.domain() == "ai.onnx" && std::ranges::find(kNames, op.name()) != kNames.end();
}

const KernelDef& view_kernel() { return kView; }
const KernelDef& copy_kernel() { return kCopy; }

void copy_elements(const Tensor& from, Tensor& to) {
  if (from.dtype() == DType::kString) {
    std::ranges::copy(from.span<std::string>(), to.mutable_data<std::string>());
  } else if (is_container(from.dtype())) {
    std::ranges::copy(from.items(), to.mutable_items().begin());
  } else if (from.bytes() > 0) {
    std::memcpy(to.mutable_raw(), from.raw(), from.bytes());
  }
}

}  // namespace tern::runtime
