// GroupNormalization and InstanceNormalization in f32.
#include "backend/cpu/compute/rows.h"
#include "backend/kernel.h"
#include "ops/nn/channel_groups.h"
#include "tern/ops/nn.h"

namespace tern::cpu {
namespace {

std::int64_t groups_of(const ops::GroupNormalization& op) { return op.num_groups; }
std::int64_t groups_of(const ops::InstanceNormalization&) { return 0; }  // as many as channels

template <class Op>
struct GroupNormF32 {
  using Operator = Op;
  using Plan = GroupNormCall;

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32); }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Op& op = c.attributes<Op>();
    const ops::ChannelGroups groups(c.in[0].shape, groups_of(op));
    plan = {.groups = groups.count,
            .groups_per_image = groups.per_image,
            .channels = groups.channels,
            .positions = groups.positions,
            .epsilon = op.epsilon};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    GroupNormCall call = plan;
    call.x = c.input<float>(0);
    call.y = c.output<float>(0);
    call.scale = c.input<float>(1);
    call.bias = c.input<float>(2);
    run_group_norm(call, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kGroupNormF32, kInstanceNormF32;
constinit const KernelDef kGroupNormF32 =
    make_kernel<GroupNormF32<ops::GroupNormalization>>("group_norm_f32");
constinit const KernelDef kInstanceNormF32 =
    make_kernel<GroupNormF32<ops::InstanceNormalization>>("instance_norm_f32");

}  // namespace tern::cpu
