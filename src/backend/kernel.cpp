#include "backend/kernel.h"

#include <algorithm>

#include "base/errors.h"

namespace tern {
namespace {

// The plan of a reference kernel is the operator itself.
struct ReferencePlan {
  Op op;
};

constinit const KernelDef kReference = [] {
  KernelDef def{.name = "reference"};
  def.matches = [](const KernelQuery& q) { return q.op.def().reference != nullptr; };
  def.plan = [](const PlanContext& c) -> Result<std::shared_ptr<const void>> {
    if (c.op.def().reference == nullptr) {
      return unimplemented("{} has no reference implementation", c.op.name());
    }
    return std::shared_ptr<const void>(std::make_shared<const ReferencePlan>(ReferencePlan{c.op}));
  };
  def.run = [](const void* plan, RunContext& c) noexcept {
    const Op& op = static_cast<const ReferencePlan*>(plan)->op;
    ReferenceContext reference(c.in, c.out, c.random, c.bodies);
    op.def().reference(op.attributes(), reference);
    if (!reference.status().ok()) c.status = reference.status();
  };
  return def;
}();

}  // namespace

bool KernelQuery::all(DType dtype) const {
  const auto fits = [dtype](const TypeInfo& type) {
    return type.dtype == dtype || type.dtype == DType::kUndefined;
  };
  return std::ranges::all_of(in, fits) && std::ranges::all_of(out, fits);
}

const KernelDef& reference_kernel() { return kReference; }

}  // namespace tern
