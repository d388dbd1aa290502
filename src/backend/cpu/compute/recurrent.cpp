#include "backend/cpu/compute/recurrent.h"

#include <algorithm>
#include <span>

#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/recurrent_layout.h"
#include "backend/cpu/compute/transpose.h"

namespace tern::cpu {
namespace {

// Gates in the order in which weights have them, by what the first product of a step computes.
constexpr int kAllGates[] = {0, 1, 2, 3};

int gate_count(RecurrentKind kind) {
  switch (kind) {
    case RecurrentKind::kRnn: return 1;
    case RecurrentKind::kGru:
    case RecurrentKind::kGruLinear: return 3;
    case RecurrentKind::kLstm: return 4;
  }
  return 1;
}

// Rows [gate * hidden + unit] of `matrix`, k entries each, become columns of packed panels: of
// every block of units the named gates, one vector each.
void pack_gates(const RecurrentPlan& plan, std::span<const int> gates, const float* matrix,
                std::int64_t k, float* packed) {
  const TileKernels& kernels = tile_kernels(plan.isa);
  const std::int64_t hidden = plan.shape.hidden;
  const std::int64_t columns =
      plan.blocks * static_cast<std::int64_t>(gates.size()) * kernels.lanes;
  std::fill(packed, packed + columns * k, 0.0F);
  std::int64_t column = 0;
  for (std::int64_t block = 0; block < plan.blocks; ++block) {
    const std::int64_t first = block * kernels.lanes;
    const std::int64_t units = std::min<std::int64_t>(kernels.lanes, hidden - first);
    for (const int gate : gates) {
      const std::int64_t panel = column / kernels.panel * kernels.panel;
      transpose_kernels(plan.isa).matrix(matrix + (gate * hidden + first) * k, k,
                                         packed + panel * k + (column - panel),
                                         panel_width(kernels, columns, panel), units, k);
      column += kernels.lanes;
    }
  }
}

// out[block, gate, lane] += of[gate * hidden + unit] for the named gates; out has `width` vectors
// per block.
void add_bias(const RecurrentPlan& plan, std::span<const int> gates, const float* of, float* out) {
  const std::int64_t lanes = tile_kernels(plan.isa).lanes;
  const auto width = static_cast<std::int64_t>(gate_count(plan.shape.kind));
  for (std::int64_t unit = 0; unit < plan.shape.hidden; ++unit) {
    for (const int gate : gates) {
      out[(unit / lanes * width + gate) * lanes + unit % lanes] +=
          of[gate * plan.shape.hidden + unit];
    }
  }
}

}  // namespace

RecurrentPlan plan_recurrent(const RecurrentShape& shape, Isa isa) {
  const std::int64_t lanes = tile_kernels(isa).lanes;
  const std::int64_t gates = gate_count(shape.kind);
  RecurrentPlan plan{.shape = shape, .isa = isa};
  plan.blocks = (shape.hidden + lanes - 1) / lanes;
  plan.padded_hidden = plan.blocks * lanes;
  plan.input_columns = gates * plan.padded_hidden;
  plan.late_columns = shape.kind == RecurrentKind::kGru ? plan.padded_hidden : 0;
  plan.state_columns = plan.input_columns - plan.late_columns;
  plan.packed_floats = shape.directions * RecurrentLayout(plan).direction_floats;
  return plan;
}

void pack_recurrent(const RecurrentPlan& plan, const RecurrentWeights& weights, float* packed) {
  const RecurrentShape& s = plan.shape;
  const RecurrentLayout layout(plan);
  const int gates = gate_count(s.kind);
  const std::span<const int> all(kAllGates, static_cast<std::size_t>(gates));
  const std::span<const int> early = s.kind == RecurrentKind::kGru ? all.first(2) : all;
  for (int d = 0; d < s.directions; ++d) {
    float* to = packed + d * layout.direction_floats;
    pack_gates(plan, all, weights.w + d * gates * s.hidden * s.input, s.input, to + layout.w);
    const float* r = weights.r + d * gates * s.hidden * s.hidden;
    pack_gates(plan, early, r, s.hidden, to + layout.r);
    if (plan.late_columns > 0) pack_gates(plan, all.last(1), r, s.hidden, to + layout.late_r);
    std::fill(to + layout.bias, to + layout.direction_floats, 0.0F);
    if (weights.b != nullptr) {
      const float* b = weights.b + d * 2 * gates * s.hidden;
      add_bias(plan, all, b, to + layout.bias);
      // What stands behind the reset gate cannot join the products with x.
      const bool linear = s.kind == RecurrentKind::kGruLinear;
      add_bias(plan, linear ? all.first(2) : all, b + gates * s.hidden, to + layout.bias);
      if (linear) add_bias(plan, all.last(1), b + gates * s.hidden, to + layout.state_bias);
    }
    if (s.has_peepholes) {
      for (int gate = 0; gate < 3; ++gate) {
        std::copy_n(weights.peepholes + (d * 3 + gate) * s.hidden, s.hidden,
                    to + layout.peepholes + gate * plan.padded_hidden);
      }
    }
  }
}

}  // namespace tern::cpu
