// Backend: a device and its kernels. Nothing above backend/ knows more of a device than this.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backend/kernel.h"

namespace tern {

class Backend {
 public:
  virtual ~Backend() = default;

  /// "cpu"
  virtual std::string_view name() const = 0;
  /// The instruction set or architecture in force, for reports: "avx512".
  virtual std::string_view architecture() const = 0;
  /// Whether the device has kernels that the precision makes faster; always so for kF32.
  virtual bool supports(Precision precision) const = 0;
  /// Kernels that can run the node, best first in table order; the reference is the last.
  virtual std::vector<const KernelDef*> candidates(const KernelQuery& query) const = 0;
  /// The whole table in its order, for reports: kernels of every instruction set, no reference.
  virtual std::span<const KernelDef* const> kernels() const = 0;
};

/// The CPU with the instruction set that isa.h reports. Stateless; lives as long as the program.
const Backend& cpu_backend();

}  // namespace tern
