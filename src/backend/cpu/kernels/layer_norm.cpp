// LayerNormalization and RMSNormalization in f32, statistics in f32 too.
#include "backend/cpu/compute/rows.h"
#include "backend/kernel.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "tern/ops/nn.h"

namespace tern::cpu {
namespace {

// Scale and bias as one value per column; where they broadcast within a row they are spread out
// into scratch first.
struct Parameter {
  bool spread = false;
  std::size_t offset = 0;  // of the floats in scratch
  Shape strides;           // over the normalised axes

  static Parameter of(const TensorDesc& desc, const Shape& row, std::size_t& scratch_floats) {
    if (!desc.present() || desc.shape.elements() == row.elements()) return {};
    Parameter p{
        .spread = true, .offset = scratch_floats, .strides = broadcast_strides(desc.shape, row)};
    scratch_floats += static_cast<std::size_t>(row.elements());
    return p;
  }

  const float* values(const float* given, const Shape& row, void* scratch) const {
    if (!spread) return given;
    float* out = static_cast<float*>(scratch) + offset;
    for_each_offset(row, strides, [&](std::int64_t i, std::int64_t from) { out[i] = given[from]; });
    return out;
  }
};

struct LayerNormF32 {
  using Operator = ops::LayerNormalization;
  struct Plan {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    float epsilon = 0;
    Shape row;  // the normalised axes
    Parameter scale;
    Parameter bias;
  };

  static bool matches(const KernelQuery& q) {
    if (!q.all(DType::kF32)) return false;
    // A parameter of more axes than are normalised differs from row to row.
    const int rank = q.in[0].rank();
    const Result<int> axis = normalize_axis(q.attributes<ops::LayerNormalization>().axis, rank);
    if (!axis.ok() || q.in[1].rank() > rank - *axis) return false;
    return !q.has(2) || q.in[2].rank() <= rank - *axis;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::LayerNormalization>();
    const Shape& x = c.in[0].shape;
    Result<int> axis = normalize_axis(op.axis, x.rank());
    if (!axis.ok()) return axis.status();
    plan = {.rows = x.elements(0, *axis),
            .columns = x.elements(*axis, x.rank()),
            .epsilon = op.epsilon,
            .row = Shape(x.dims().subspan(static_cast<std::size_t>(*axis)))};
    std::size_t scratch_floats = 0;
    plan.scale = Parameter::of(c.in[1], plan.row, scratch_floats);
    if (c.has(2)) plan.bias = Parameter::of(c.in[2], plan.row, scratch_floats);
    c.scratch_bytes = scratch_floats * sizeof(float);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto statistic = [&](std::size_t i) {
      return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
    };
    run_layer_norm({.x = c.input<float>(0),
                    .y = c.output<float>(0),
                    .rows = plan.rows,
                    .columns = plan.columns,
                    .scale = plan.scale.values(c.input<float>(1), plan.row, c.scratch),
                    .bias = plan.bias.values(c.optional_input<float>(2), plan.row, c.scratch),
                    .epsilon = plan.epsilon,
                    .mean = statistic(1),
                    .inverse_std = statistic(2)},
                   c.pool);
  }
};

struct RmsNormF32 {
  using Operator = ops::RMSNormalization;
  struct Plan {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    float epsilon = 0;
    Shape row;  // the normalised axes
    Parameter scale;
  };

  static bool matches(const KernelQuery& q) {
    if (!q.all(DType::kF32)) return false;
    const int rank = q.in[0].rank();
    const Result<int> axis = normalize_axis(q.attributes<ops::RMSNormalization>().axis, rank);
    return axis.ok() && q.in[1].rank() <= rank - *axis;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::RMSNormalization>();
    const Shape& x = c.in[0].shape;
    Result<int> axis = normalize_axis(op.axis, x.rank());
    if (!axis.ok()) return axis.status();
    plan = {.rows = x.elements(0, *axis),
            .columns = x.elements(*axis, x.rank()),
            .epsilon = op.epsilon,
            .row = Shape(x.dims().subspan(static_cast<std::size_t>(*axis)))};
    std::size_t scratch_floats = 0;
    plan.scale = Parameter::of(c.in[1], plan.row, scratch_floats);
    c.scratch_bytes = scratch_floats * sizeof(float);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_rms_norm({.x = c.input<float>(0),
                  .y = c.output<float>(0),
                  .rows = plan.rows,
                  .columns = plan.columns,
                  .scale = plan.scale.values(c.input<float>(1), plan.row, c.scratch),
                  .epsilon = plan.epsilon},
                 c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kLayerNormF32, kRmsNormF32;
constinit const KernelDef kLayerNormF32 = make_kernel<LayerNormF32>("layer_norm_f32");
constinit const KernelDef kRmsNormF32 = make_kernel<RmsNormF32>("rms_norm_f32");

}  // namespace tern::cpu
