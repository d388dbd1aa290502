#include "backend/cpu/compute/lstm_backward.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/product.h"
#include "backend/cpu/compute/reduce.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr Epilogue kNoEpilogue;
constexpr std::int64_t kStart[] = {0};

std::int64_t rounded(std::int64_t floats) { return (floats + 15) / 16 * 16; }

/// Where the parts of the scratch begin, in floats.
struct Parts {
  std::int64_t x, dx, gates, cells, states, r_forward, r_back, bias, dh, dc, products;
  std::int64_t total = 0;

  Parts(const LstmBackwardPlan& plan, int threads) {
    const LstmBackwardShape& s = plan.shape;
    const TileKernels& kernels = tile_kernels(plan.isa);
    const std::int64_t rows = s.steps * s.batch, gate_columns = 4 * s.hidden;
    const auto take = [this](std::int64_t floats) {
      const std::int64_t at = total;
      total += rounded(floats);
      return at;
    };
    x = take(s.batch_first ? rows * s.input : 0);
    dx = take(s.batch_first ? rows * s.input : 0);
    gates = take(rows * gate_columns);
    cells = take((rows + s.batch) * s.hidden);
    states = take((rows + s.batch) * s.hidden);
    r_forward = take(s.hidden * packed_columns(kernels, gate_columns));
    r_back = take(gate_columns * packed_columns(kernels, s.hidden));
    bias = take(gate_columns);
    dh = take(s.batch * s.hidden);
    dc = take(s.batch * s.hidden);
    products = take(std::max({plan.gates.scratch_floats, plan.dx.scratch_floats,
                              plan.dw.scratch_floats, plan.dr.scratch_floats,
                              product_scratch(kernels, s.batch, gate_columns, s.hidden, threads),
                              product_scratch(kernels, s.batch, s.hidden, gate_columns, threads)}));
  }
};

/// One direction. Inside, rows are ordered by step, then sequence.
class Backward {
 public:
  Backward(const LstmBackwardPlan& plan, const LstmBackwardCall& call, const Parts& parts,
           float* scratch, ThreadPool& pool, int direction)
      : plan_(plan),
        s_(plan.shape),
        call_(call),
        pool_(pool),
        kernels_(tile_kernels(plan.isa)),
        rows_(lstm_train_kernels(plan.isa)),
        direction_(direction),
        reverse_(s_.first_is_reverse || direction == 1),
        w_(call.w + direction * 4 * s_.hidden * s_.input),
        r_(call.r + direction * 4 * s_.hidden * s_.hidden),
        gates_(scratch + parts.gates),
        cells_(scratch + parts.cells),
        states_(scratch + parts.states),
        r_forward_(scratch + parts.r_forward),
        r_back_(scratch + parts.r_back),
        bias_(scratch + parts.bias),
        dh_(scratch + parts.dh),
        dc_(scratch + parts.dc),
        products_(scratch + parts.products) {}

  void run(const float* x, float* dx) {
    pack();
    forward(x);
    back();
    results(x, dx);
  }

 private:
  std::int64_t block() const { return s_.batch * s_.hidden; }
  // A state buffer has one block more than there are steps: for the initial states, which stand
  // before the first step on the way.
  std::int64_t before(std::int64_t step) const { return (reverse_ ? step + 1 : step) * block(); }
  std::int64_t after(std::int64_t step) const { return (reverse_ ? step : step + 1) * block(); }
  std::int64_t place(std::int64_t i) const { return reverse_ ? s_.steps - 1 - i : i; }
  std::int64_t state_row(std::int64_t n) const {
    return (s_.batch_first ? n * s_.directions + direction_ : direction_ * s_.batch + n) *
           s_.hidden;
  }
  std::int64_t y_row(std::int64_t step, std::int64_t n) const {
    return (s_.batch_first ? (n * s_.steps + step) * s_.directions + direction_
                           : (step * s_.directions + direction_) * s_.batch + n) *
           s_.hidden;
  }

  void load_state(const float* from, float* to) const {
    for (std::int64_t n = 0; n < s_.batch; ++n) {
      if (from != nullptr) {
        std::copy_n(from + state_row(n), s_.hidden, to + n * s_.hidden);
      } else {
        std::fill_n(to + n * s_.hidden, s_.hidden, 0.0F);
      }
    }
  }
  void store_state(const float* from, float* to) const {
    for (std::int64_t n = 0; to != nullptr && n < s_.batch; ++n) {
      std::copy_n(from + n * s_.hidden, s_.hidden, to + state_row(n));
    }
  }

  void pack() const {
    const std::int64_t columns = 4 * s_.hidden;
    pack_panels(kernels_,
                {.b = r_,
                 .row_stride = 1,
                 .column_stride = s_.hidden,
                 .rows = s_.hidden,
                 .columns = columns,
                 .packed_rows = s_.hidden},
                0, columns, r_forward_);
    pack_panels(kernels_,
                {.b = r_,
                 .row_stride = s_.hidden,
                 .rows = columns,
                 .columns = s_.hidden,
                 .packed_rows = columns},
                0, s_.hidden, r_back_);
    std::fill_n(bias_, columns, 0.0F);
    const float* b = call_.b != nullptr ? call_.b + direction_ * 2 * columns : nullptr;
    for (std::int64_t j = 0; b != nullptr && j < columns; ++j) bias_[j] = b[j] + b[columns + j];
  }

  template <class Body>
  void for_each_sequence(Body body) const {
    constexpr std::int64_t kGrain = 2048;  // entries worth a thread
    pool_.parallel_for(s_.batch, kGrain / s_.hidden + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) body(n);
    });
  }

  LstmTrainRow row(std::int64_t step, std::int64_t n) const {
    return {.hidden = s_.hidden,
            .gates = gates_ + (step * s_.batch + n) * 4 * s_.hidden,
            .c_in = cells_ + before(step) + n * s_.hidden,
            .c = cells_ + after(step) + n * s_.hidden,
            .h = states_ + after(step) + n * s_.hidden,
            .dy = call_.dy != nullptr ? call_.dy + y_row(step, n) : nullptr,
            .dh = dh_ + n * s_.hidden,
            .dc = dc_ + n * s_.hidden};
  }

  void forward(const float* x) const {
    run_batch_gemm(plan_.gates,
                   {.a = x,
                    .b = w_,
                    .bias = bias_,
                    .c = gates_,
                    .a_offsets = kStart,
                    .b_offsets = kStart,
                    .c_offsets = kStart},
                   products_, pool_);
    load_state(call_.initial_h, states_ + before(place(0)));
    load_state(call_.initial_c, cells_ + before(place(0)));
    for (std::int64_t i = 0; i < s_.steps; ++i) {
      const std::int64_t step = place(i);
      run_product({.kernels = &kernels_,
                   .epilogue = &kNoEpilogue,
                   .m = s_.batch,
                   .n = 4 * s_.hidden,
                   .k = s_.hidden,
                   .a = states_ + before(step),
                   .a_strides = {.row = s_.hidden},
                   .packed = r_forward_,
                   .c = gates_ + step * s_.batch * 4 * s_.hidden,
                   .c_row = 4 * s_.hidden,
                   .accumulate = true},
                  products_, pool_);
      for_each_sequence([&](std::int64_t n) { rows_.forward(row(step, n)); });
    }
  }

  void back() const {
    load_state(call_.dlast_h, dh_);
    load_state(call_.dlast_c, dc_);
    for (std::int64_t i = s_.steps - 1; i >= 0; --i) {
      const std::int64_t step = place(i);
      for_each_sequence([&](std::int64_t n) { rows_.back(row(step, n)); });
      run_product({.kernels = &kernels_,
                   .epilogue = &kNoEpilogue,
                   .m = s_.batch,
                   .n = s_.hidden,
                   .k = 4 * s_.hidden,
                   .a = gates_ + step * s_.batch * 4 * s_.hidden,
                   .a_strides = {.row = 4 * s_.hidden},
                   .packed = r_back_,
                   .c = dh_,
                   .c_row = s_.hidden},
                  products_, pool_);
    }
    store_state(dh_, call_.dinitial_h);
    store_state(dc_, call_.dinitial_c);
  }

  // `gates_` holds gradients now.
  void results(const float* x, float* dx) const {
    const auto product = [&](const BatchGemmPlan& plan, const float* a, const float* b, float* c) {
      run_batch_gemm(
          plan,
          {.a = a, .b = b, .c = c, .a_offsets = kStart, .b_offsets = kStart, .c_offsets = kStart},
          products_, pool_);
    };
    const std::int64_t columns = 4 * s_.hidden;
    if (dx != nullptr) {
      BatchGemmPlan plan = plan_.dx;
      plan.shape.accumulate = direction_ > 0;
      product(plan, gates_, w_, dx);
    }
    if (call_.dw != nullptr) {
      product(plan_.dw, gates_, x, call_.dw + direction_ * columns * s_.input);
    }
    if (call_.dr != nullptr) {
      product(plan_.dr, gates_, states_ + (reverse_ ? block() : 0),
              call_.dr + direction_ * columns * s_.hidden);
    }
    if (call_.db != nullptr) {
      float* db = call_.db + direction_ * 2 * columns;
      reduce_kernels(plan_.isa).first(ReduceOp::kSum, gates_, columns, s_.steps * s_.batch, columns,
                                      db);
      std::copy_n(db, columns, db + columns);
    }
  }

  const LstmBackwardPlan& plan_;
  const LstmBackwardShape& s_;
  const LstmBackwardCall& call_;
  ThreadPool& pool_;
  const TileKernels& kernels_;
  const LstmTrainKernels& rows_;
  int direction_;
  bool reverse_;
  const float* w_;
  const float* r_;
  float *gates_, *cells_, *states_, *r_forward_, *r_back_, *bias_, *dh_, *dc_, *products_;
};

// [first, second, size] to [second, first, size].
void swap_axes(const float* from, float* to, std::int64_t first, std::int64_t second,
               std::int64_t size) {
  for (std::int64_t i = 0; i < first; ++i) {
    for (std::int64_t j = 0; j < second; ++j) {
      std::copy_n(from + (i * second + j) * size, size, to + (j * first + i) * size);
    }
  }
}

}  // namespace

LstmBackwardPlan plan_lstm_backward(const LstmBackwardShape& s, int threads, Isa isa) {
  const std::int64_t rows = s.steps * s.batch, columns = 4 * s.hidden;
  LstmBackwardPlan plan{.shape = s, .isa = isa};
  plan.gates = plan_batch_gemm({.m = rows,
                                .n = columns,
                                .k = s.input,
                                .a = {.row = s.input},
                                .b = {.row = 1, .column = s.input},
                                .c_row = columns},
                               threads, isa);
  plan.dx = plan_batch_gemm({.m = rows,
                             .n = s.input,
                             .k = columns,
                             .a = {.row = columns},
                             .b = {.row = s.input},
                             .c_row = s.input},
                            threads, isa);
  const auto weights = [&](std::int64_t n) {
    return plan_batch_gemm({.m = columns,
                            .n = n,
                            .k = rows,
                            .a = {.row = 1, .column = columns},
                            .b = {.row = n},
                            .c_row = n},
                           threads, isa);
  };
  plan.dw = weights(s.input);
  plan.dr = weights(s.hidden);
  plan.scratch_floats = Parts(plan, threads).total;
  return plan;
}

void run_lstm_backward(const LstmBackwardPlan& plan, const LstmBackwardCall& call, float* scratch,
                       ThreadPool& pool) noexcept {
  const LstmBackwardShape& s = plan.shape;
  const Parts parts(plan, pool.size());
  const float* x = call.x;
  float* dx = call.dx;
  if (s.batch_first) {
    swap_axes(call.x, scratch + parts.x, s.batch, s.steps, s.input);
    x = scratch + parts.x;
    if (call.dx != nullptr) dx = scratch + parts.dx;
  }
  for (int direction = 0; direction < s.directions; ++direction) {
    Backward(plan, call, parts, scratch, pool, direction).run(x, dx);
  }
  if (s.batch_first && call.dx != nullptr) swap_axes(dx, call.dx, s.steps, s.batch, s.input);
}

}  // namespace tern::cpu
