#include "backend/cpu/compute/attention.h"

#include <algorithm>
#include <limits>

#include "backend/cpu/compute/gemv.h"
#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/tile.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Keys whose scores are held at a time: a strip of them and their K and V stay near the processor.
// A multiple of every panel.
constexpr std::int64_t kBlock = 128;
constexpr std::int64_t kMaxStripRows = 16;
constexpr Epilogue kNoEpilogue;
constexpr std::int64_t kNoOffset = 0;

std::int64_t rounded(std::int64_t floats) { return (floats + 15) / 16 * 16; }

/// Rows of Q that share a head of K.
std::int64_t group_rows(const AttentionShape& s) { return s.q_heads / s.kv_heads * s.q_length; }

/// So few that packing K and V would cost more than it saves.
bool reads_in_place(const AttentionShape& s) { return group_rows(s) <= 3; }

struct Scratch {
  std::int64_t keys = 0;  // K^T packed
  std::int64_t values = 0;
  std::int64_t scores = 0;
  std::int64_t total() const { return keys + values + scores; }

  static Scratch of(const AttentionShape& s, const TileKernels& kernels) {
    Scratch scratch{.scores = kMaxStripRows * kBlock};
    if (reads_in_place(s)) return scratch;
    scratch.keys = rounded(s.size * packed_columns(kernels, s.keys));
    scratch.values = rounded(s.keys * packed_columns(kernels, s.v_size));
    return scratch;
  }
};

/// The queries of one head of K: rows [begin, end) of those that share it.
class Worker {
 public:
  Worker(const AttentionPlan& plan, const AttentionCall& call, std::int64_t n, std::int64_t head,
         float* scratch)
      : s_(plan.shape),
        call_(call),
        tiles_(tile_kernels(plan.isa)),
        vectors_(gemv_kernels(plan.isa)),
        rows_(attention_kernels(plan.isa)),
        n_(n),
        first_head_(head * (s_.q_heads / s_.kv_heads)),
        k_(call.k + n * s_.k.batch + head * s_.k.head),
        v_(call.v + n * s_.v.batch + head * s_.v.head) {
    const Scratch parts = Scratch::of(s_, tiles_);
    keys_ = scratch;
    values_ = keys_ + parts.keys;
    scores_ = values_ + parts.values;
  }

  void run(std::int64_t begin, std::int64_t end) {
    if (!reads_in_place(s_)) pack();
    while (begin < end) {
      // Strips of equal height, each within a head unless heads follow one another evenly.
      const std::int64_t left = std::min(end - begin, even_ ? end : to_end_of_head(begin));
      const std::int64_t strips = (left + tiles_.max_rows - 1) / tiles_.max_rows;
      const std::int64_t rows = (left + strips - 1) / strips;
      run_strip(begin, rows);
      begin += rows;
    }
  }

 private:
  std::int64_t to_end_of_head(std::int64_t row) const { return s_.q_length - row % s_.q_length; }

  void pack() {
    const PackSource keys{.b = k_,
                          .row_stride = 1,
                          .column_stride = s_.k.row,
                          .rows = s_.size,
                          .columns = s_.keys,
                          .alpha = s_.scale,
                          .packed_rows = s_.size};
    pack_panels(tiles_, keys, 0, s_.keys, keys_);
    const PackSource values{.b = v_,
                            .row_stride = s_.v.row,
                            .rows = s_.keys,
                            .columns = s_.v_size,
                            .packed_rows = s_.keys};
    pack_panels(tiles_, values, 0, s_.v_size, values_);
  }

  const float* q_row(std::int64_t row) const {
    return call_.q + n_ * s_.q.batch + (first_head_ + row / s_.q_length) * s_.q.head +
           row % s_.q_length * s_.q.row;
  }
  float* y_row(std::int64_t row) const {
    return call_.y + n_ * s_.y.batch + (first_head_ + row / s_.q_length) * s_.y.head +
           row % s_.q_length * s_.y.row;
  }
  /// The keys before this one are visible to a row, the mask apart.
  std::int64_t visible_keys(std::int64_t row) const {
    std::int64_t end = call_.mask.present() ? call_.mask.keys : s_.keys;
    end = std::min(end, s_.keys);
    std::int64_t before = s_.before;
    if (call_.key_counts != nullptr) {
      end = std::min(end, call_.key_counts[n_]);
      if (call_.counts_from_end) before = call_.key_counts[n_] - s_.q_length;
    }
    if (s_.causal) end = std::min(end, before + row % s_.q_length + 1);
    return std::max<std::int64_t>(0, end);
  }

  void run_strip(std::int64_t first, std::int64_t count) {
    SoftmaxRow rows[kMaxStripRows];
    std::int64_t visible[kMaxStripRows];
    std::int64_t end = 0;
    for (std::int64_t r = 0; r < count; ++r) {
      visible[r] = visible_keys(first + r);
      end = std::max(end, visible[r]);
      rows[r] = {.scores = scores_ + r * kBlock,
                 .softcap = s_.softcap,
                 .top = -std::numeric_limits<float>::infinity(),
                 .y = y_row(first + r),
                 .v_size = s_.v_size};
    }
    for (std::int64_t key = 0; key < end; key += kBlock) {
      const std::int64_t keys = std::min(kBlock, end - key);
      score(first, count, key, keys);
      for (std::int64_t r = 0; r < count; ++r) {
        rows[r].keys = keys;
        rows[r].visible = std::clamp<std::int64_t>(visible[r] - key, 0, keys);
        set_mask(rows[r], first + r, key);
        rows_.softmax_row(rows[r]);
      }
      apply(first, count, key, keys);
    }
    for (std::int64_t r = 0; r < count; ++r) {
      rows_.finish_row(rows[r].y, s_.v_size, rows[r].sum);
    }
  }

  void set_mask(SoftmaxRow& row, std::int64_t index, std::int64_t key) const {
    const AttentionMask& mask = call_.mask;
    if (!mask.present()) return;
    const std::int64_t at = n_ * mask.strides.batch +
                            (first_head_ + index / s_.q_length) * mask.strides.head +
                            index % s_.q_length * mask.strides.row + key;
    if (mask.added != nullptr) row.added = mask.added + at;
    if (mask.allowed != nullptr) row.allowed = mask.allowed + at;
  }

  // scores = scale Q K^T for keys [key, key + keys).
  void score(std::int64_t first, std::int64_t count, std::int64_t key, std::int64_t keys) {
    if (reads_in_place(s_)) {
      for (std::int64_t r = 0; r < count; ++r) {
        vectors_.columns({.x = q_row(first + r),
                          .k = s_.size,
                          .b = k_ + key * s_.k.row,
                          .b_stride = s_.k.row,
                          .n = keys,
                          .alpha = s_.scale,
                          .y = scores_ + r * kBlock});
      }
      return;
    }
    // A panel that is not the last one is read whole.
    const std::int64_t whole = (keys + tiles_.panel - 1) / tiles_.panel * tiles_.panel;
    const Strip strip{.a = q_row(first),
                      .a_row = s_.q.row,
                      .taps = &kNoOffset,
                      .depth = s_.size,
                      .b = keys_ + key * s_.size,
                      .b_rows = s_.size,
                      .columns = std::min(whole, s_.keys - key),
                      .c = scores_,
                      .c_row = kBlock};
    tiles_.strip(strip, static_cast<int>(count), kNoEpilogue);
  }

  // Y += weights V.
  void apply(std::int64_t first, std::int64_t count, std::int64_t key, std::int64_t keys) {
    if (reads_in_place(s_)) {
      for (std::int64_t r = 0; r < count; ++r) {
        vectors_.rows({.x = scores_ + r * kBlock,
                       .k = keys,
                       .b = v_ + key * s_.v.row,
                       .b_stride = s_.v.row,
                       .n = s_.v_size,
                       .y = y_row(first + r),
                       .accumulate = key > 0});
      }
      return;
    }
    const Strip strip{.a = scores_,
                      .a_row = kBlock,
                      .taps = &kNoOffset,
                      .depth = keys,
                      .b = values_,
                      .b_rows = s_.keys,
                      .b_first_row = key,
                      .columns = s_.v_size,
                      .c = y_row(first),
                      .c_row = s_.y.row,
                      .accumulate = key > 0};
    tiles_.strip(strip, static_cast<int>(count), kNoEpilogue);
  }

  const AttentionShape& s_;
  const AttentionCall& call_;
  const TileKernels& tiles_;
  const GemvKernels& vectors_;
  const AttentionKernels& rows_;
  std::int64_t n_;
  std::int64_t first_head_;
  const float* k_;
  const float* v_;
  const bool even_ = s_.q.head == s_.q_length * s_.q.row && s_.y.head == s_.q_length * s_.y.row;
  float* keys_ = nullptr;
  float* values_ = nullptr;
  float* scores_ = nullptr;
};

}  // namespace

AttentionPlan plan_attention(const AttentionShape& s, int threads, Isa isa) {
  AttentionPlan plan{.shape = s, .isa = isa};
  const TileKernels& kernels = tile_kernels(isa);
  const std::int64_t heads = std::max<std::int64_t>(1, s.batch * s.kv_heads);
  const std::int64_t strips = (group_rows(s) + kernels.max_rows - 1) / kernels.max_rows;
  plan.chunks =
      std::clamp<std::int64_t>((threads + heads - 1) / heads, 1, std::max<std::int64_t>(1, strips));
  plan.scratch_floats = threads * Scratch::of(s, kernels).total();
  return plan;
}

void run_attention(const AttentionPlan& plan, const AttentionCall& call, float* scratch,
                   ThreadPool& pool) noexcept {
  const AttentionShape& s = plan.shape;
  const std::int64_t tasks = s.batch * s.kv_heads * plan.chunks;
  const std::int64_t rows = group_rows(s);
  constexpr std::int64_t kMinWork = 32 * 1024;  // multiply-adds that are worth a thread
  const std::int64_t work = rows * s.keys * (s.size + s.v_size) / plan.chunks;
  const std::int64_t each = Scratch::of(s, tile_kernels(plan.isa)).total();
  const std::int64_t useful = std::clamp<std::int64_t>(tasks * work / kMinWork, 1, tasks);
  const auto job = [&](int thread, int threads) {
    const std::int64_t team = std::min<std::int64_t>(threads, useful);
    if (thread >= team) return;
    const Range mine = part_of(tasks, thread, team);
    for (std::int64_t task = mine.begin; task < mine.end; ++task) {
      const std::int64_t head = task / plan.chunks;
      const Range share = part_of(rows, task % plan.chunks, plan.chunks);
      Worker(plan, call, head / s.kv_heads, head % s.kv_heads, scratch + thread * each)
          .run(share.begin, share.end);
    }
  };
  if (useful == 1) return job(0, 1);
  pool.run(job);
}

}  // namespace tern::cpu
