#include "runtime/view_kernels.h"

#include <algorithm>
#include <array>
#include <cstring>

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

}  // namespace

bool is_view_op(const Op& op) {
  static constexpr std::array<std::string_view, 5> kNames{"Flatten", "Identity", "Reshape",
                                                          "Squeeze", "Unsqueeze"};
  return op.domain() == "ai.onnx" && std::ranges::find(kNames, op.name()) != kNames.end();
}

const KernelDef& view_kernel() { return kView; }
const KernelDef& copy_kernel() { return kCopy; }

void copy_elements(const Tensor& from, Tensor& to) {
  if (from.dtype() == DType::kString) {
    std::ranges::copy(from.span<std::string>(), to.mutable_data<std::string>());
  } else if (from.bytes() > 0) {
    std::memcpy(to.mutable_raw(), from.raw(), from.bytes());
  }
}

}  // namespace tern::runtime
