#include <array>

#include "backend/backend.h"
#include "backend/cpu/bf16_unit.h"
#include "backend/cpu/isa.h"

namespace tern {

namespace cpu {
#define TERN_KERNEL(name, file) extern const KernelDef name;
#include "backend/cpu/kernel_list.def"
#undef TERN_KERNEL
}  // namespace cpu

namespace {

constexpr const KernelDef* kTable[] = {
#define TERN_KERNEL(name, file) &cpu::name,
#include "backend/cpu/kernel_list.def"
#undef TERN_KERNEL
    nullptr,  // an empty array is no array
};

class CpuBackend final : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }
  std::string_view architecture() const override { return to_string(cpu::active_isa()); }
  bool supports(Precision precision) const override {
    return precision == Precision::kF32 || cpu::active_bf16_unit() != cpu::Bf16Unit::kNone;
  }

  std::vector<const KernelDef*> candidates(const KernelQuery& query) const override {
    std::vector<const KernelDef*> found;
    const auto isa = static_cast<std::uint8_t>(cpu::active_isa());
    for (const KernelDef* kernel : kTable) {
      if (kernel == nullptr || kernel->isa > isa) continue;
      if (&kernel->op() == &query.op.def() && kernel->matches(query)) found.push_back(kernel);
    }
    found.push_back(&reference_kernel());
    return found;
  }

  std::span<const KernelDef* const> kernels() const override {
    return std::span(kTable).first(std::size(kTable) - 1);  // without the null
  }
};

}  // namespace

const Backend& cpu_backend() {
  static const CpuBackend backend;
  return backend;
}

}  // namespace tern
