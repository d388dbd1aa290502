#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/product.h"
#include "backend/cpu/compute/recurrent.h"
#include "backend/cpu/compute/recurrent_layout.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Rows of X that are multiplied at once: enough for the tiles, few enough that their gates stay in
// the L2 cache until their step comes.
constexpr std::int64_t kChunkRows = 128;
constexpr Epilogue kNoEpilogue;
constexpr std::int64_t kNoOffset = 0;

std::int64_t chunk_steps(std::int64_t steps, std::int64_t rows) {
  return std::clamp<std::int64_t>(kChunkRows / std::max<std::int64_t>(1, rows), 1,
                                  std::max<std::int64_t>(1, steps));
}

/// How a team shares the work: whole directions with a share of the sequences each, without waiting
/// for one another, or all together on each step.
struct Schedule {
  std::int64_t row_chunks = 1;
  std::int64_t parts = 1;  // of the blocks of a direction; above 1 all work on each step

  static Schedule of(const RecurrentPlan& plan, std::int64_t batch, int threads) {
    constexpr std::int64_t kMinRows = 8;          // sequences worth reading all weights for
    constexpr std::int64_t kMinWork = 48 * 1024;  // multiply-adds worth waking a thread per step
    const std::int64_t per_direction = std::max(1, threads / plan.shape.directions);
    Schedule s{.row_chunks = std::clamp<std::int64_t>(batch / kMinRows, 1, per_direction)};
    if (s.row_chunks == per_direction) return s;
    const std::int64_t work = batch * plan.shape.hidden * plan.state_columns;
    const std::int64_t parts = std::min({per_direction, work / kMinWork, plan.blocks / 2});
    if (parts > s.row_chunks) s = {.row_chunks = 1, .parts = parts};
    return s;
  }
};

/// One direction of some sequences: its buffers and its steps.
class DirectionRun {
 public:
  /// Floats of all buffers, for `rows` sequences.
  static std::int64_t scratch_floats(const RecurrentPlan& p, std::int64_t steps,
                                     std::int64_t rows) {
    const std::int64_t chunk = chunk_steps(steps, rows) * rows;
    return rounded(chunk * p.input_columns) + rounded(chunk * p.shape.input) +
           rounded(rows * (p.state_columns + p.late_columns)) + 4 * rounded(rows * p.padded_hidden);
  }

  DirectionRun(const RecurrentPlan& plan, const RecurrentCall& call, int direction,
               std::int64_t first_row, std::int64_t rows, float* scratch)
      : plan_(plan),
        call_(call),
        layout_(plan),
        kernels_(tile_kernels(plan.isa)),
        gate_kernels_(recurrent_kernels(plan.isa)),
        packed_(call.packed + direction * layout_.direction_floats),
        direction_(direction),
        reverse_(plan.shape.first_is_reverse || direction == 1),
        first_row_(first_row),
        rows_(rows) {
    const auto take = [&](std::int64_t floats) {
      float* at = scratch;
      scratch += rounded(floats);
      return at;
    };
    const std::int64_t chunk = chunk_steps(call.steps, rows) * rows;
    gates_ = take(chunk * plan.input_columns);
    gathered_ = take(chunk * plan.shape.input);
    state_gates_ = take(rows * (plan.state_columns + plan.late_columns));
    late_gates_ = state_gates_ + rows * plan.state_columns;
    h_[0] = take(rows * plan.padded_hidden);
    h_[1] = take(rows * plan.padded_hidden);
    c_ = take(rows * plan.padded_hidden);
    reset_ = take(rows * plan.padded_hidden);
  }

  /// Initial states; Y of steps after the end of a sequence.
  void begin() {
    for (std::int64_t r = 0; r < rows_; ++r) {
      load_state(call_.initial_h, r, h_[0]);
      load_state(call_.initial_c, r, c_);
      for (std::int64_t t = length(r); call_.y != nullptr && t < call_.steps; ++t) {
        std::fill_n(y_row(t, r), plan_.shape.hidden, 0.0F);
      }
    }
    // Only padded entries of the other buffer are read before they are written.
    std::fill_n(h_[1], rows_ * plan_.padded_hidden, 0.0F);
  }

  std::int64_t steps_at_once() const { return chunk_steps(call_.steps, rows_); }

  /// The product with W for steps [begin, end), which the following calls of step() are of.
  Product input_product(std::int64_t begin, std::int64_t end) {
    const std::int64_t input = plan_.shape.input;
    chunk_begin_ = begin;
    chunk_end_ = end;
    const float* a = gathered_;
    if (is_direct()) {
      a = call_.x + (reverse_ ? call_.steps - end : begin) * rows_ * input;
    } else {
      for (std::int64_t i = begin; i < end; ++i) {
        for (std::int64_t r = 0; r < rows_; ++r) gather(i, r);
      }
    }
    return {.kernels = &kernels_,
            .epilogue = &kNoEpilogue,
            .m = (end - begin) * rows_,
            .n = plan_.input_columns,
            .k = input,
            .a = a,
            .a_strides = {.row = input},
            .packed = packed_ + layout_.w,
            .bias = packed_ + layout_.bias,
            .c = gates_,
            .c_row = plan_.input_columns};
  }

  /// Blocks [first, last) of step i; a kGru layer then needs finish_step for all of them.
  void step(std::int64_t i, std::int64_t first, std::int64_t last) const {
    for_each_piece(i, first, last,
                   [&](std::int64_t begin, std::int64_t end) { step_piece(i, begin, end); });
  }

  bool has_second_product() const { return plan_.shape.kind == RecurrentKind::kGru; }
  void finish_step(std::int64_t i, std::int64_t first, std::int64_t last) const {
    for_each_piece(i, first, last,
                   [&](std::int64_t begin, std::int64_t end) { finish_piece(i, begin, end); });
  }
  void end() const {
    for (std::int64_t r = 0; r < rows_; ++r) {
      store_state(h_[call_.steps % 2], r, call_.last_h);
      store_state(c_, r, call_.last_c);
    }
  }

  /// All of it on the calling thread.
  void run_alone(float* copy) {
    begin();
    for (std::int64_t at = 0; at < call_.steps; at += steps_at_once()) {
      const std::int64_t to = std::min(call_.steps, at + steps_at_once());
      run_product_alone(input_product(at, to), copy);
      for (std::int64_t i = at; i < to; ++i) {
        step(i, 0, plan_.blocks);
        if (has_second_product()) finish_step(i, 0, plan_.blocks);
      }
    }
    end();
  }

 private:
  static std::int64_t rounded(std::int64_t floats) { return (floats + 15) / 16 * 16; }

  std::int64_t length(std::int64_t r) const {
    return call_.lengths != nullptr ? call_.lengths[first_row_ + r] : call_.steps;
  }
  /// Where the ith step of a sequence stands.
  std::int64_t place(std::int64_t i, std::int64_t r) const {
    return reverse_ ? length(r) - 1 - i : i;
  }
  /// The rows of X that a chunk needs lie side by side.
  bool is_direct() const {
    const bool all_rows = rows_ == call_.batch;
    return call_.lengths == nullptr && all_rows && (!call_.batch_first || call_.batch == 1);
  }
  void gather(std::int64_t i, std::int64_t r) {
    const std::int64_t input = plan_.shape.input;
    const std::int64_t n = first_row_ + r;
    const std::int64_t t =
        std::max<std::int64_t>(0, place(i, r));  // any row will do behind the end
    const std::int64_t from = call_.batch_first ? n * call_.steps + t : t * call_.batch + n;
    std::memcpy(gathered_ + ((i - chunk_begin_) * rows_ + r) * input, call_.x + from * input,
                static_cast<std::size_t>(input) * sizeof(float));
  }

  // With few rows the weights come from the L2 cache or beyond: every other step takes them from
  // the last to the first, so that it begins with those that are still near.
  template <class Body>
  void for_each_piece(std::int64_t i, std::int64_t first, std::int64_t last, Body body) const {
    constexpr std::int64_t kFewRows = 4;
    // So many blocks fill the four panels that a tile of one row takes at once.
    const std::int64_t size = plan_.shape.kind == RecurrentKind::kLstm ? 2 : 8;
    if (rows_ > kFewRows) return body(first, last);
    const std::int64_t pieces = (last - first + size - 1) / size;
    for (std::int64_t p = 0; p < pieces; ++p) {
      const std::int64_t begin = first + (i % 2 == 0 ? p : pieces - 1 - p) * size;
      body(begin, std::min(last, begin + size));
    }
  }

  void step_piece(std::int64_t i, std::int64_t first, std::int64_t last) const {
    const RecurrentKind kind = plan_.shape.kind;
    const bool joins = kind == RecurrentKind::kRnn || kind == RecurrentKind::kLstm;
    float* into = joins ? gates_row(i, 0) : state_gates_;
    add_state_product(packed_ + layout_.r, packed_ + layout_.state_bias, plan_.state_columns,
                      h_[i % 2], first, last, into, joins);
    for (std::int64_t r = 0; r < rows_; ++r) {
      if (i >= length(r)) {
        keep_state(i, r, first, last);
        continue;
      }
      const GateRow row = gate_row(i, r, first, last);
      switch (kind) {
        case RecurrentKind::kRnn: gate_kernels_.rnn(row); break;
        case RecurrentKind::kLstm: gate_kernels_.lstm(row); break;
        case RecurrentKind::kGruLinear: gate_kernels_.gru_linear(row); break;
        case RecurrentKind::kGru: gate_kernels_.gru_reset(row); break;
      }
    }
  }

  void finish_piece(std::int64_t i, std::int64_t first, std::int64_t last) const {
    add_state_product(packed_ + layout_.late_r, nullptr, plan_.late_columns, reset_, first, last,
                      late_gates_, false);
    for (std::int64_t r = 0; r < rows_; ++r) {
      if (i < length(r)) gate_kernels_.gru_finish(gate_row(i, r, first, last));
    }
  }

  float* gates_row(std::int64_t i, std::int64_t r) const {
    const bool backwards = is_direct() && reverse_;
    const std::int64_t step = backwards ? chunk_end_ - 1 - i : i - chunk_begin_;
    return gates_ + (step * rows_ + r) * plan_.input_columns;
  }
  float* y_row(std::int64_t t, std::int64_t r) const {
    const std::int64_t n = first_row_ + r;
    const int directions = plan_.shape.directions;
    const std::int64_t row = call_.batch_first ? (n * call_.steps + t) * directions + direction_
                                               : (t * directions + direction_) * call_.batch + n;
    return call_.y + row * plan_.shape.hidden;
  }
  std::int64_t state_offset(std::int64_t r) const {
    const std::int64_t n = first_row_ + r;
    return (call_.batch_first ? n * plan_.shape.directions + direction_
                              : direction_ * call_.batch + n) *
           plan_.shape.hidden;
  }
  void load_state(const float* from, std::int64_t r, float* buffer) const {
    float* row = buffer + r * plan_.padded_hidden;
    std::fill_n(row, plan_.padded_hidden, 0.0F);
    if (from != nullptr) std::copy_n(from + state_offset(r), plan_.shape.hidden, row);
  }
  void store_state(const float* buffer, std::int64_t r, float* to) const {
    if (to == nullptr) return;
    std::copy_n(buffer + r * plan_.padded_hidden, plan_.shape.hidden, to + state_offset(r));
  }
  void keep_state(std::int64_t i, std::int64_t r, std::int64_t first, std::int64_t last) const {
    const std::int64_t at = r * plan_.padded_hidden + first * kernels_.lanes;
    std::copy_n(h_[i % 2] + at, (last - first) * kernels_.lanes, h_[(i + 1) % 2] + at);
  }

  // Rows of `state` times the columns of blocks [first, last) of packed weights, which have
  // `columns` in all.
  void add_state_product(const float* packed, const float* bias, std::int64_t columns,
                         const float* state, std::int64_t first, std::int64_t last, float* into,
                         bool accumulate) const {
    const std::int64_t hidden = plan_.shape.hidden;
    const std::int64_t per_block = columns / plan_.blocks;
    const std::int64_t column = first * per_block;
    const std::int64_t into_row = accumulate ? plan_.input_columns : columns;
    for (std::int64_t r = 0; r < rows_; r += kernels_.max_rows) {
      const Strip strip{.a = state + r * plan_.padded_hidden,
                        .a_row = plan_.padded_hidden,
                        .taps = &kNoOffset,
                        .depth = hidden,
                        .b = packed + column * hidden,
                        .b_rows = hidden,
                        .columns = (last - first) * per_block,
                        .bias = bias != nullptr ? bias + column : nullptr,
                        .c = into + r * into_row + column,
                        .c_row = into_row,
                        .accumulate = accumulate};
      kernels_.strip(strip, static_cast<int>(std::min<std::int64_t>(kernels_.max_rows, rows_ - r)),
                     kNoEpilogue);
    }
  }

  GateRow gate_row(std::int64_t i, std::int64_t r, std::int64_t first, std::int64_t last) const {
    const std::int64_t state = r * plan_.padded_hidden;
    return {.first = first,
            .last = last,
            .hidden = plan_.shape.hidden,
            .gates = gates_row(i, r),
            .h_in = h_[i % 2] + state,
            .h_out = h_[(i + 1) % 2] + state,
            .c = c_ + state,
            .y = call_.y != nullptr ? y_row(place(i, r), r) : nullptr,
            .state_gates = state_gates_ + r * plan_.state_columns,
            .late_gates = late_gates_ + r * plan_.late_columns,
            .reset = reset_ + state,
            .peepholes = plan_.shape.has_peepholes ? packed_ + layout_.peepholes : nullptr,
            .padded_hidden = plan_.padded_hidden,
            .input_forget = plan_.shape.input_forget,
            .clip = plan_.shape.clip,
            .activations = plan_.shape.activations[static_cast<std::size_t>(direction_)].data()};
  }

  const RecurrentPlan& plan_;
  const RecurrentCall& call_;
  const RecurrentLayout layout_;
  const TileKernels& kernels_;
  const RecurrentKernels& gate_kernels_;
  const float* packed_;
  int direction_;
  bool reverse_;
  std::int64_t first_row_;
  std::int64_t rows_;
  std::int64_t chunk_begin_ = 0;
  std::int64_t chunk_end_ = 0;
  float* gates_;
  float* gathered_;
  float* state_gates_;
  float* late_gates_;
  float* h_[2];
  float* c_;
  float* reset_;
};

std::int64_t copies(const RecurrentPlan& plan) {
  return copy_floats(tile_kernels(plan.isa), plan.shape.input);
}

// Each thread takes directions and sequences of its own.
void run_apart(const RecurrentPlan& plan, const RecurrentCall& call, const Schedule& schedule,
               float* scratch, ThreadPool& pool) {
  const std::int64_t tasks = plan.shape.directions * schedule.row_chunks;
  const std::int64_t most_rows = (call.batch + schedule.row_chunks - 1) / schedule.row_chunks;
  const std::int64_t each =
      DirectionRun::scratch_floats(plan, call.steps, most_rows) + copies(plan);
  pool.parallel_for(tasks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const Range rows = part_of(call.batch, task % schedule.row_chunks, schedule.row_chunks);
      float* own = scratch + task * each;
      DirectionRun(plan, call, static_cast<int>(task / schedule.row_chunks), rows.begin,
                   rows.size(), own + copies(plan))
          .run_alone(own);
    }
  });
}

// All threads take a share of each step's blocks.
void run_together(const RecurrentPlan& plan, const RecurrentCall& call, const Schedule& schedule,
                  float* scratch, ThreadPool& pool) {
  const std::int64_t each = DirectionRun::scratch_floats(plan, call.steps, call.batch);
  const int directions = plan.shape.directions;
  DirectionRun runs[] = {
      DirectionRun(plan, call, 0, 0, call.batch, scratch),
      DirectionRun(plan, call, directions - 1, 0, call.batch, scratch + (directions - 1) * each)};
  float* product_scratch = scratch + directions * each;
  for (int d = 0; d < directions; ++d) runs[d].begin();
  // Blocks are shared in pairs, so that every share begins at a panel.
  const std::int64_t pairs = (plan.blocks + 1) / 2;
  const auto shared = [&](auto body) {
    pool.parallel_for(directions * schedule.parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const Range share = part_of(pairs, i % schedule.parts, schedule.parts);
        body(runs[i / schedule.parts], 2 * share.begin, std::min(plan.blocks, 2 * share.end));
      }
    });
  };
  const std::int64_t chunk = runs[0].steps_at_once();
  for (std::int64_t at = 0; at < call.steps; at += chunk) {
    const std::int64_t to = std::min(call.steps, at + chunk);
    for (int d = 0; d < directions; ++d) {
      run_product(runs[d].input_product(at, to), product_scratch, pool);
    }
    for (std::int64_t i = at; i < to; ++i) {
      shared([i](const DirectionRun& run, std::int64_t first, std::int64_t last) {
        run.step(i, first, last);
      });
      if (!runs[0].has_second_product()) continue;
      shared([i](const DirectionRun& run, std::int64_t first, std::int64_t last) {
        run.finish_step(i, first, last);
      });
    }
  }
  for (int d = 0; d < directions; ++d) runs[d].end();
}

}  // namespace

std::int64_t recurrent_scratch_floats(const RecurrentPlan& plan, std::int64_t steps,
                                      std::int64_t batch, int threads) {
  const Schedule schedule = Schedule::of(plan, batch, threads);
  if (schedule.parts > 1) {
    const std::int64_t rows = chunk_steps(steps, batch) * batch;
    return plan.shape.directions * DirectionRun::scratch_floats(plan, steps, batch) +
           product_scratch(tile_kernels(plan.isa), rows, plan.input_columns, plan.shape.input,
                           threads);
  }
  const std::int64_t most_rows = (batch + schedule.row_chunks - 1) / schedule.row_chunks;
  return plan.shape.directions * schedule.row_chunks *
         (DirectionRun::scratch_floats(plan, steps, most_rows) + copies(plan));
}

void run_recurrent(const RecurrentPlan& plan, const RecurrentCall& call, float* scratch,
                   ThreadPool& pool) noexcept {
  if (call.batch == 0) return;
  const Schedule schedule = Schedule::of(plan, call.batch, pool.size());
  if (schedule.parts > 1) return run_together(plan, call, schedule, scratch, pool);
  run_apart(plan, call, schedule, scratch, pool);
}

}  // namespace tern::cpu
