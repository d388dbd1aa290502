// RNN, GRU and LSTM in f32. Constant weights are packed once; others (in training) in every run.
#include "backend/cpu/compute/recurrent.h"

#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/rnn/gru_cell.h"
#include "ops/rnn/lstm_cell.h"
#include "ops/rnn/rnn_cell.h"

namespace tern::cpu {
namespace {

const ops::RecurrentForm& form_of(const ops::RNN&) { return ops::kRnnForm; }
const ops::RecurrentForm& form_of(const ops::GRU&) { return ops::kGruForm; }
const ops::RecurrentForm& form_of(const ops::LSTM&) { return ops::kLstmForm; }

RecurrentKind kind_of(const ops::RNN&) { return RecurrentKind::kRnn; }
RecurrentKind kind_of(const ops::LSTM&) { return RecurrentKind::kLstm; }
RecurrentKind kind_of(const ops::GRU& op) {
  return op.linear_before_reset ? RecurrentKind::kGruLinear : RecurrentKind::kGru;
}

template <class Op>
Result<RecurrentPlan> plan_of(const Op& op, const Shape& x, const Shape& r, bool has_peepholes) {
  static_assert(static_cast<int>(GateFunction::kThresholdedRelu) ==
                static_cast<int>(ops::GateFunction::kThresholdedRelu));
  const auto attributes = ops::RecurrentAttributes::of(op);
  const ops::RecurrentForm& form = form_of(op);
  const auto sizes = ops::RecurrentSizes::of(attributes, x, r);
  TERN_ASSIGN_OR_RETURN(
      const std::vector<ops::GateActivation> activations,
      ops::gate_activations(attributes.activations, form.defaults, sizes.directions,
                            attributes.alphas, attributes.betas, attributes.clip));
  RecurrentShape shape{.kind = kind_of(op),
                       .input = sizes.input,
                       .hidden = sizes.hidden,
                       .directions = static_cast<int>(sizes.directions),
                       .first_is_reverse = sizes.first_is_reverse,
                       .has_peepholes = has_peepholes};
  if constexpr (std::is_same_v<Op, ops::LSTM>) shape.input_forget = op.input_forget;
  if (attributes.clip) shape.clip = *attributes.clip;
  const std::size_t each = form.defaults.size();
  for (std::size_t i = 0; i < activations.size(); ++i) {
    shape.activations[i / each][i % each] = {
        .function = static_cast<GateFunction>(activations[i].function),
        .alpha = static_cast<float>(activations[i].alpha),
        .beta = static_cast<float>(activations[i].beta)};
  }
  return plan_recurrent(shape);
}

bool is_f32(const KernelQuery& q) {
  for (std::size_t i = 0; i < q.in.size(); ++i) {
    if (i != ops::kSequenceLens && q.has(i) && q.in[i].dtype != DType::kF32) return false;
  }
  return true;
}

bool is_constant_or_absent(const KernelQuery& q, std::size_t i) {
  return !q.has(i) || q.is_constant(i);
}

/// The sizes of one binding, and what of the scratch is for packed weights.
struct Binding {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  bool batch_first = false;
  std::int64_t packed_floats = 0;
};

template <class Op>
Binding bind(const PlanContext& c, const RecurrentPlan& plan, bool packs) {
  const auto sizes = ops::RecurrentSizes::of(ops::RecurrentAttributes::of(c.attributes<Op>()),
                                             c.in[ops::kInputX].shape, c.in[ops::kInputR].shape);
  const std::int64_t packed = packs ? (plan.packed_floats + 15) / 16 * 16 : 0;
  c.scratch_bytes =
      static_cast<std::size_t>(
          packed + recurrent_scratch_floats(plan, sizes.steps, sizes.batch, c.threads)) *
      sizeof(float);
  return {.steps = sizes.steps,
          .batch = sizes.batch,
          .batch_first = sizes.batch_first,
          .packed_floats = packed};
}

void run_bound(const RecurrentPlan& plan, const Binding& binding, const float* packed,
               float* scratch, RunContext& c) noexcept {
  const auto* lengths = c.optional_input<std::int32_t>(ops::kSequenceLens);
  for (std::int64_t n = 0; lengths != nullptr && n < binding.batch; ++n) {
    if (lengths[n] < 0 || lengths[n] > binding.steps) {
      c.status =
          out_of_range("sequence_lens has {} at {}, X has {} steps", lengths[n], n, binding.steps);
      return;
    }
  }
  const auto output = [&](std::size_t i) {
    return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
  };
  run_recurrent(plan,
                {.steps = binding.steps,
                 .batch = binding.batch,
                 .batch_first = binding.batch_first,
                 .x = c.input<float>(ops::kInputX),
                 .packed = packed,
                 .lengths = lengths,
                 .initial_h = c.optional_input<float>(ops::kInitialH),
                 .initial_c = c.optional_input<float>(ops::kInitialC),
                 .y = output(0),
                 .last_h = output(1),
                 .last_c = output(2)},
                scratch, c.pool);
}

template <class Op>
struct PackedRecurrentF32 {
  using Operator = Op;
  static constexpr std::uint32_t kPackedInputs =
      1u << ops::kInputW | 1u << ops::kInputR | 1u << ops::kInputB | 1u << ops::kPeepholes;
  struct Packed {
    RecurrentPlan plan;
    Tensor weights;
  };
  using Plan = Binding;

  static bool matches(const KernelQuery& q) {
    return is_f32(q) && q.is_constant(ops::kInputW) && q.is_constant(ops::kInputR) &&
           is_constant_or_absent(q, ops::kInputB) && is_constant_or_absent(q, ops::kPeepholes);
  }
  static Result<Packed> pack(const PackContext& c) {
    const Tensor& w = c.constant(ops::kInputW);
    const Tensor& r = c.constant(ops::kInputR);
    const auto optional = [&](std::size_t i) {
      return c.query.has(i) ? c.constant(i).data<float>() : nullptr;
    };
    // Steps and sequences of X are not known yet, and packing does not ask for them.
    const Shape x{1, 1, w.dim(2)};
    Packed packed;
    TERN_ASSIGN_OR_RETURN(
        packed.plan, plan_of(c.query.attributes<Op>(), x, r.shape(), c.query.has(ops::kPeepholes)));
    TERN_ASSIGN_OR_RETURN(packed.weights,
                          Tensor::uninitialized(DType::kF32, {packed.plan.packed_floats}));
    pack_recurrent(packed.plan,
                   {.w = w.data<float>(),
                    .r = r.data<float>(),
                    .b = optional(ops::kInputB),
                    .peepholes = optional(ops::kPeepholes)},
                   packed.weights.template mutable_data<float>());
    return packed;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = bind<Op>(c, c.packed_as<Packed>().plan, false);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    run_bound(packed.plan, plan, packed.weights.template data<float>(),
              static_cast<float*>(c.scratch), c);
  }
};

template <class Op>
struct RecurrentF32 {
  using Operator = Op;
  struct Plan {
    RecurrentPlan layer;
    Binding binding;
  };

  static bool matches(const KernelQuery& q) { return is_f32(q); }

  static Status plan(const PlanContext& c, Plan& plan) {
    TERN_ASSIGN_OR_RETURN(plan.layer, plan_of(c.attributes<Op>(), c.in[ops::kInputX].shape,
                                              c.in[ops::kInputR].shape, c.has(ops::kPeepholes)));
    plan.binding = bind<Op>(c, plan.layer, true);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    auto* packed = static_cast<float*>(c.scratch);
    pack_recurrent(plan.layer,
                   {.w = c.input<float>(ops::kInputW),
                    .r = c.input<float>(ops::kInputR),
                    .b = c.optional_input<float>(ops::kInputB),
                    .peepholes = c.optional_input<float>(ops::kPeepholes)},
                   packed);
    run_bound(plan.layer, plan.binding, packed, packed + plan.binding.packed_floats, c);
  }
};

}  // namespace

extern constinit const KernelDef kRnnPackedF32, kRnnF32, kGruPackedF32, kGruF32, kLstmPackedF32,
    kLstmF32;
constinit const KernelDef kRnnPackedF32 =
    make_kernel<PackedRecurrentF32<ops::RNN>>("rnn_packed_f32");
constinit const KernelDef kRnnF32 = make_kernel<RecurrentF32<ops::RNN>>("rnn_f32");
constinit const KernelDef kGruPackedF32 =
    make_kernel<PackedRecurrentF32<ops::GRU>>("gru_packed_f32");
constinit const KernelDef kGruF32 = make_kernel<RecurrentF32<ops::GRU>>("gru_f32");
constinit const KernelDef kLstmPackedF32 =
    make_kernel<PackedRecurrentF32<ops::LSTM>>("lstm_packed_f32");
constinit const KernelDef kLstmF32 = make_kernel<RecurrentF32<ops::LSTM>>("lstm_f32");

}  // namespace tern::cpu
