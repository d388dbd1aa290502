#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/broadcast.h"
#include "ops/nn/attention.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

constexpr double kMasked = -std::numeric_limits<double>::infinity();

// What is added to the score of query i and key j.
class Mask {
 public:
  Mask(const Tensor* mask, const AttentionSizes& s) {
    if (mask == nullptr) return;
    is_bool_ = mask->dtype() == DType::kBool;
    values_ = read_f64(*mask);
    keys_ = mask->shape().back();
    tern::Shape out{s.batch, s.q_heads, s.q_length, keys_};
    strides_ = broadcast_strides(mask->shape(), out);
  }
  double at(std::int64_t n, std::int64_t h, std::int64_t i, std::int64_t j) const {
    if (keys_ < 0) return 0;
    if (j >= keys_) return kMasked;
    const double value = values_[static_cast<std::size_t>(n * strides_[0] + h * strides_[1] +
                                                          i * strides_[2] + j * strides_[3])];
    return !is_bool_ ? value : value != 0 ? 0 : kMasked;
  }

 private:
  bool is_bool_ = false;
  std::int64_t keys_ = -1;
  std::vector<double> values_;
  tern::Shape strides_;
};

// Past and new keys (or values) as [N, heads, total, size].
std::vector<double> joined(const Tensor& now, const Tensor* past, const AttentionSizes& s,
                           std::int64_t size) {
  const FloatReader rows(now);
  std::vector<double> all;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t h = 0; h < s.kv_heads; ++h) {
      for (std::int64_t i = 0; i < s.past * size; ++i) {
        all.push_back(FloatReader(*past)[s.past_row(n, h, 0) * size + i]);
      }
      for (std::int64_t j = 0; j < s.kv_length; ++j) {
        for (std::int64_t i = 0; i < size; ++i) all.push_back(rows[s.kv_row(n, h, j) * size + i]);
      }
    }
  }
  return all;
}

// exp(x) / sum(exp(x)); zeros when every element is masked.
void softmax(std::vector<double>& x) {
  double largest = kMasked;
  for (const double value : x) largest = std::max(largest, value);
  double sum = 0;
  for (double& value : x) sum += value = value == kMasked ? 0 : std::exp(value - largest);
  for (double& value : x) value = sum == 0 ? 0 : value / sum;
}

// The scores of one query at a time.
class Rows {
 public:
  Rows(const Attention& op, const AttentionSizes& s, const ReferenceContext& c)
      : op_(op),
        s_(s),
        query_(read_f64(c.in(kQ))),
        mask_(c.has(kAttnMask) ? &c.in(kAttnMask) : nullptr, s),
        scale_(op.scale ? double{*op.scale} : 1 / std::sqrt(static_cast<double>(s.size))),
        keys(joined(c.in(kK), c.has(kPastKey) ? &c.in(kPastKey) : nullptr, s, s.size)),
        values(joined(c.in(kV), c.has(kPastValue) ? &c.in(kPastValue) : nullptr, s, s.v_size)),
        scores(static_cast<std::size_t>(s.total())),
        stated(scores.size()) {
    if (c.has(kNonpadKvSeqlen)) nonpad_ = int_list(c.in(kNonpadKvSeqlen));
    limits_ = {.past = s.past,
               .q_length = s.q_length,
               .total = s.total(),
               .causal = op.is_causal,
               .nonpad = nonpad_.empty() ? nullptr : nonpad_.data(),
               .has_past = c.has(kPastKey)};
  }

  // Fills `scores` with the probabilities of query i and `stated` with what output 3 is.
  void score(std::int64_t n, std::int64_t h, std::int64_t i) {
    const std::int64_t first = first_key(n, h);
    for (std::size_t j = 0; j < scores.size(); ++j) {
      const std::int64_t key = (first + static_cast<std::int64_t>(j)) * s_.size;
      double sum = 0;
      for (std::int64_t k = 0; k < s_.size; ++k) {
        sum += query_[static_cast<std::size_t>(s_.q(n, h, i) + k)] *
               keys[static_cast<std::size_t>(key + k)];
      }
      scores[j] = scale_ * sum;
    }
    state(0);
    for (double& score : scores) {
      if (op_.softcap > 0) score = op_.softcap * std::tanh(score / op_.softcap);
    }
    state(1);
    for (std::size_t j = 0; j < scores.size(); ++j) {
      const auto key = static_cast<std::int64_t>(j);
      scores[j] += key < limits_.end(n, i) ? mask_.at(n, h, i, key) : kMasked;
    }
    state(2);
    softmax(scores);
    state(3);
  }

  // Row of keys and values where the head that serves head h of Q begins.
  std::int64_t first_key(std::int64_t n, std::int64_t h) const {
    return (n * s_.kv_heads + s_.kv_head(h)) * s_.total();
  }

 private:
  void state(std::int64_t mode) {
    if (op_.qk_matmul_output_mode == mode) stated = scores;
  }

  const Attention& op_;
  const AttentionSizes& s_;
  std::vector<double> query_;
  Mask mask_;
  std::vector<std::int64_t> nonpad_;
  KeyLimits limits_;
  double scale_;

 public:
  std::vector<double> keys, values;  // past ones included
  std::vector<double> scores, stated;
};

}  // namespace

void reference_attention(const Attention& op, const AttentionSizes& s, ReferenceContext& c) {
  Rows rows(op, s, c);
  const auto write = [&](std::size_t output, std::int64_t at, std::span<const double> row) {
    if (!c.wants(output)) return;
    const FloatWriter out(c.out(output));
    for (const double value : row) out.set(at++, value);
  };
  std::vector<double> y(static_cast<std::size_t>(s.v_size));
  std::int64_t row = 0;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t h = 0; h < s.q_heads; ++h) {
      for (std::int64_t i = 0; i < s.q_length; ++i, ++row) {
        rows.score(n, h, i);
        std::ranges::fill(y, 0.0);
        auto value = static_cast<std::size_t>(rows.first_key(n, h) * s.v_size);
        for (const double weight : rows.scores) {
          for (double& sum : y) sum += weight * rows.values[value++];
        }
        write(0, s.y(n, h, i), y);
        write(3, row * s.total(), rows.stated);
      }
    }
  }
  write(1, 0, rows.keys);
  write(2, 0, rows.values);
}

}  // namespace tern::ops
