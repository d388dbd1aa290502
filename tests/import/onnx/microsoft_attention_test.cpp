// Attention of com.microsoft against plain loops in double.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kBatch = 2, kLength = 3, kHeads = 2, kSize = 4;
constexpr std::int64_t kHidden = kHeads * kSize;
constexpr double kNever = -std::numeric_limits<double>::infinity();

/// What is added to a score, by batch, head, query and key.
using Added = std::function<double(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>;

struct Loops {
  std::int64_t kv_heads = kHeads;
  double scale = 1 / std::sqrt(static_cast<double>(kSize));
  double softcap = 0;
  const Tensor* sinks = nullptr;
  Added added = [](auto...) { return 0.0; };

  /// q [batch, length, heads * size] on keys and values [batch, kv_heads, keys, size].
  Tensor operator()(const Tensor& q, const Tensor& k, const Tensor& v) const {
    const std::int64_t batch = q.dim(0), length = q.dim(1), keys = k.dim(2), size = k.dim(3);
    const std::int64_t heads = q.dim(2) / size;
    const std::vector<double> qs = values_of(q), ks = values_of(k), vs = values_of(v);
    std::vector<double> y(static_cast<std::size_t>(batch * length * heads * size));
    const auto at = [](const std::vector<double>& x, std::int64_t i) {
      return x[static_cast<std::size_t>(i)];
    };
    for (std::int64_t b = 0; b < batch; ++b) {
      for (std::int64_t h = 0; h < heads; ++h) {
        const std::int64_t shared = (b * kv_heads + h / (heads / kv_heads)) * keys;
        for (std::int64_t i = 0; i < length; ++i) {
          const std::int64_t row = ((b * length + i) * heads + h) * size;
          std::vector<double> weights;
          const double sink =
              sinks != nullptr ? values_of(*sinks)[static_cast<std::size_t>(h)] : kNever;
          double top = sink;
          for (std::int64_t j = 0; j < keys; ++j) {
            double score = 0;
            for (std::int64_t e = 0; e < size; ++e) {
              score += at(qs, row + e) * at(ks, (shared + j) * size + e) * scale;
            }
            if (softcap > 0) score = softcap * std::tanh(score / softcap);
            weights.push_back(score + added(b, h, i, j));
            top = std::max(top, weights.back());
          }
          double sum = std::exp(sink - top);
          for (double& weight : weights) sum += weight = std::exp(weight - top);
          for (std::int64_t j = 0; j < keys; ++j) {
            for (std::int64_t e = 0; e < size; ++e) {
              y[static_cast<std::size_t>(row + e)] +=
                  weights[static_cast<std::size_t>(j)] / sum * at(vs, (shared + j) * size + e);
            }
          }
        }
      }
    }
    return f32({batch, length, heads * size}, y);
  }
};

Tensor random(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}

/// [batch, length, heads * size] as [batch, heads, length, size].
Tensor split_heads(const Tensor& x, std::int64_t heads) {
  const std::vector<double> from = values_of(x);
  const std::int64_t length = x.dim(1), size = x.dim(2) / heads;
  return filled(DType::kF32, {x.dim(0), heads, length, size}, [&](std::int64_t i) {
    const std::int64_t e = i % size, row = i / size % length;
    const std::int64_t h = i / (size * length) % heads, b = i / (size * length * heads);
    return from[static_cast<std::size_t>(((b * length + row) * heads + h) * size + e)];
  });
}

/// Two tensors [batch, heads, length, size], one behind the other.
Tensor behind(const Tensor& a, const Tensor& b) {
  const std::vector<double> first = values_of(a), second = values_of(b);
  const std::int64_t size = a.dim(3), total = a.dim(2) + b.dim(2);
  return filled(DType::kF32, {a.dim(0), a.dim(1), total, size}, [&](std::int64_t i) {
    const std::int64_t e = i % size, row = i / size % total, head = i / (size * total);
    return row < a.dim(2)
               ? first[static_cast<std::size_t>((head * a.dim(2) + row) * size + e)]
               : second[static_cast<std::size_t>((head * b.dim(2) + row - a.dim(2)) * size + e)];
  });
}

Tensor product(const Tensor& x, const Tensor& w, std::int64_t first, const Tensor& bias) {
  const std::vector<double> xs = values_of(x), ws = values_of(w), bs = values_of(bias);
  const std::int64_t inner = w.dim(0), columns = w.dim(1);
  return filled(DType::kF32, {x.dim(0), x.dim(1), kHidden}, [&](std::int64_t i) {
    const std::int64_t row = i / kHidden, column = first + i % kHidden;
    double sum = bs[static_cast<std::size_t>(column)];
    for (std::int64_t k = 0; k < inner; ++k) {
      sum += xs[static_cast<std::size_t>(row * inner + k)] *
             ws[static_cast<std::size_t>(k * columns + column)];
    }
    return sum;
  });
}

// ------------------------------------------------------------------------------------- Attention

class FusedAttention : public ::testing::Test {
 protected:
  NodeModel model(std::size_t outputs = 1) const {
    NodeModel m("Attention", outputs);
    m.integer("num_heads", kHeads).input(x_).constant(w_).constant(bias_);
    return m;
  }
  Tensor expected(const Loops& loops) const {
    return loops(q_, split_heads(k_, kHeads), split_heads(v_, kHeads));
  }

  const Tensor x_ = random({kBatch, kLength, 5}, 1);
  const Tensor w_ = random({5, 3 * kHidden}, 2);
  const Tensor bias_ = random({3 * kHidden}, 3);
  const Tensor q_ = product(x_, w_, 0, bias_);
  const Tensor k_ = product(x_, w_, kHidden, bias_);
  const Tensor v_ = product(x_, w_, 2 * kHidden, bias_);
};

TEST_F(FusedAttention, ProjectsAndSplits) {
  EXPECT_TRUE(all_close(model().run()[0], expected({})));
  EXPECT_EQ(model().operators(), "MatMul Add Split Attention");
  EXPECT_TRUE(all_close(model().number("scale", 0.25).run()[0], expected({.scale = 0.25})));
  Loops causal;
  causal.added = [](auto, auto, std::int64_t i, std::int64_t j) { return j > i ? kNever : 0; };
  EXPECT_TRUE(all_close(model().integer("unidirectional", 1).run()[0], expected(causal)));
}

TEST_F(FusedAttention, ReadsMasksInAllForms) {
  const auto check =
      [&](Tensor mask,
          const std::function<bool(std::int64_t, std::int64_t, std::int64_t)>& takes_part) {
        Loops loops;
        loops.added = [&](std::int64_t b, auto, std::int64_t i, std::int64_t j) {
          return takes_part(b, i, j) ? 0.0 : -10000.0;
        };
        EXPECT_TRUE(all_close(model().input(std::move(mask)).run()[0], expected(loops)));
      };
  // Ends, ends and starts, a number per key, per query and key, and for the longest sequence.
  check(i32({2}, {2, 3}), [](auto b, auto, auto j) { return j < b + 2; });
  check(i32({4}, {2, 3, 0, 1}), [](auto b, auto, auto j) { return j < b + 2 && j >= b; });
  check(i32({2, 3}, {1, 1, 0, 0, 1, 1}), [](auto b, auto, auto j) { return j < b + 2 && j >= b; });
  // No key at all: each weighs the same.
  check(i32({2, 3}, {1, 1, 1, 0, 0, 0}), [](auto b, auto, auto) { return b == 0; });
  check(i32({2, 3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}),
        [](auto b, auto i, auto j) { return b == 1 || i == j; });
  check(i32({2, 1, 4, 4}, {1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0,
                           1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}),
        [](auto b, auto i, auto j) { return b == 1 || j <= i; });
  EXPECT_THAT(model().input(i32({1, 1, 1, 1, 1}, {1})).import(),
              FailsWith(StatusCode::kInvalidArgument, "the mask has rank 5"));
}

TEST_F(FusedAttention, AddsABiasAndKeepsKeysAndValues) {
  const Tensor bias = random({1, kHeads, kLength, kLength}, 4);
  Loops biased;
  biased.added = [&](auto, std::int64_t h, std::int64_t i, std::int64_t j) {
    return values_of(bias)[static_cast<std::size_t>((h * kLength + i) * kLength + j)];
  };
  EXPECT_TRUE(all_close(model().none().none().input(bias).run()[0], expected(biased)));

  const Tensor past = random({2, kBatch, kHeads, 2, kSize}, 5);
  const std::int64_t half = past.elements() / 2;
  const std::vector<double> all = values_of(past);
  const auto part = [&](std::int64_t from) {
    return filled(DType::kF32, {kBatch, kHeads, 2, kSize},
                  [&](std::int64_t i) { return all[static_cast<std::size_t>(from + i)]; });
  };
  const Tensor keys = behind(part(0), split_heads(k_, kHeads));
  const Tensor values = behind(part(half), split_heads(v_, kHeads));
  Loops causal;
  causal.added = [](auto, auto, std::int64_t i, std::int64_t j) { return j > i + 2 ? kNever : 0; };
  const std::vector<Tensor> y = model(2).integer("unidirectional", 1).none().input(past).run();
  EXPECT_TRUE(all_close(y[0], causal(q_, keys, values)));
  std::vector<double> both = values_of(keys);
  const std::vector<double> second = values_of(values);
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_TRUE(all_close(y[1], f32({2, kBatch, kHeads, kLength + 2, kSize}, both)));
}

TEST_F(FusedAttention, RefusesWhatOnlyOtherDevicesDo) {
  EXPECT_THAT(model().integer("do_rotary", 1).import(),
              FailsWith(StatusCode::kUnimplemented, "do_rotary = 1 is not supported"));
  EXPECT_THAT(model().ints("qkv_hidden_sizes", {8, 8, 9}).import(),
              FailsWith(StatusCode::kInvalidArgument, "24 columns are not the sum"));
  NodeModel none("Attention");
  none.input(x_).constant(w_);
  EXPECT_THAT(none.import(), FailsWith(StatusCode::kInvalidArgument, "num_heads is 0"));
}

TEST_F(FusedAttention, ProjectsQuantisedNumbers) {
  // Numbers from -2 to 2 in halves, weights -1 to 1 in quarters.
  const Tensor x = filled(DType::kU8, {1, 2, 3}, [](std::int64_t i) { return 126.0 + i % 5; });
  const Tensor w =
      filled(DType::kI8, {3, 3 * kHidden}, [](std::int64_t i) { return i * 7 % 9 - 4; });
  const auto number = [](const Tensor& q, double zero, double scale) {
    return as(DType::kF32,
              mapped(as(DType::kF32, q), [&](double v) { return (v - zero) * scale; }));
  };
  const Tensor xf = number(x, 128, 0.5), wf = number(w, 0, 0.25);
  NodeModel m("QAttention");
  m.integer("num_heads", kHeads).input(x).constant(w).constant(bias_);
  m.constant(f32({}, {0.5}))
      .constant(f32({1}, {0.25}))
      .none()
      .constant(ints(DType::kU8, {}, {128}));
  EXPECT_TRUE(all_close(
      m.run()[0],
      Loops{}(product(xf, wf, 0, bias_), split_heads(product(xf, wf, kHidden, bias_), kHeads),
              split_heads(product(xf, wf, 2 * kHidden, bias_), kHeads))));
}

// ---------------------------------------------------------------------------- MultiHeadAttention

class SeparateAttention : public ::testing::Test {
 protected:
  static NodeModel model(std::size_t outputs = 1, std::string_view op = "MultiHeadAttention") {
    NodeModel m(op, outputs);
    m.integer("num_heads", kHeads);
    return m;
  }

  const Tensor q_ = random({kBatch, kLength, kHidden}, 1);
  const Tensor k_ = random({kBatch, 4, kHidden}, 2);
  const Tensor v_ = random({kBatch, 4, kHidden}, 3);
  const Tensor keys_ = split_heads(k_, kHeads);
  const Tensor values_ = split_heads(v_, kHeads);
};

TEST_F(SeparateAttention, TakesKeysInAllForms) {
  const Tensor y = Loops{}(q_, keys_, values_);
  EXPECT_TRUE(all_close(model().input(q_).input(k_).input(v_).run()[0], y));
  EXPECT_TRUE(all_close(model().input(q_).input(keys_).input(values_).run()[0], y));
  // [batch, length, heads, 2, size]
  const std::vector<double> ks = values_of(k_), vs = values_of(v_);
  const Tensor packed = filled(DType::kF32, {kBatch, 4, kHeads, 2, kSize}, [&](std::int64_t i) {
    const std::int64_t e = i % kSize, which = i / kSize % 2, row = i / (2 * kSize);
    return (which == 0 ? ks : vs)[static_cast<std::size_t>(row * kSize + e)];
  });
  EXPECT_TRUE(all_close(model().input(q_).input(packed).run()[0], y));
  EXPECT_THAT(model().input(q_).input(k_).import(),
              FailsWith(StatusCode::kInvalidArgument, "there is a key but no value"));
}

TEST_F(SeparateAttention, AddsBiases) {
  const Tensor zeros = f32({kHidden}, std::vector<double>(kHidden, 0));
  const Tensor bias = filled(DType::kF32, {3 * kHidden}, [](std::int64_t i) {
    return i < kHidden ? 0.5 : i < 2 * kHidden ? 0.25 : -1.0;
  });
  const auto plus = [](const Tensor& x, double d) {
    return mapped(x, [d](double v) { return v + d; });
  };
  EXPECT_TRUE(all_close(model().input(q_).input(k_).input(v_).constant(bias).run()[0],
                        Loops{}(plus(q_, 0.5), plus(keys_, 0.25), plus(values_, -1))));
  // Keys and values that are split already come from a cache, with their bias in them.
  EXPECT_TRUE(all_close(model().input(q_).input(keys_).input(values_).constant(bias).run()[0],
                        Loops{}(plus(q_, 0.5), keys_, values_)));
}

TEST_F(SeparateAttention, MasksKeysAndShowsScores) {
  Loops loops;
  loops.added = [](std::int64_t b, auto, auto, std::int64_t j) { return j < b + 2 ? 0 : -50.0; };
  const std::vector<Tensor> y = model(4)
                                    .number("mask_filter_value", -50)
                                    .number("scale", 0)
                                    .input(q_)
                                    .input(k_)
                                    .input(v_)
                                    .none()
                                    .input(i32({2}, {2, 3}))
                                    .run();
  EXPECT_TRUE(all_close(y[0], loops(q_, keys_, values_)));
  EXPECT_TRUE(all_close(y[1], keys_));
  EXPECT_TRUE(all_close(y[2], values_));
  double score = 0;
  for (std::int64_t e = 0; e < kSize; ++e) {
    score += double{q_.data<float>()[e]} * double{k_.data<float>()[3 * kHidden + e]} / 2;
  }
  EXPECT_NEAR(y[3].data<float>()[3], score - 50, 1e-4);
}

TEST_F(SeparateAttention, GoesOnBehindACache) {
  const Tensor now = random({kBatch, kLength, kHidden}, 4);
  const Tensor keys = behind(keys_, split_heads(now, kHeads));
  const Tensor values = behind(values_, split_heads(now, kHeads));
  const std::vector<Tensor> y = model(3)
                                    .input(q_)
                                    .input(now)
                                    .input(now)
                                    .none()
                                    .none()
                                    .none()
                                    .input(keys_)
                                    .input(values_)
                                    .run();
  EXPECT_TRUE(all_close(y[0], Loops{}(q_, keys, values)));
  EXPECT_TRUE(all_close(y[1], keys));
  EXPECT_TRUE(all_close(y[2], values));
  NodeModel decoder = model(1, "DecoderMaskedMultiHeadAttention");
  decoder.input(q_).input(now).input(now).none().none().input(keys_).input(values_);
  EXPECT_TRUE(all_close(decoder.run()[0], Loops{}(q_, keys, values)));
  EXPECT_THAT(decoder.integer("past_present_share_buffer", 1).import(),
              FailsWith(StatusCode::kInvalidArgument, "past_sequence_length belong together"));
}

TEST_F(SeparateAttention, WritesIntoACacheWithRoom) {
  // Room for 6, of which 2 count.
  const Tensor now = random({kBatch, kLength, kHidden}, 4);
  const Tensor cache = random({kBatch, kHeads, 6, kSize}, 5);
  const std::vector<double> old = values_of(cache), fresh = values_of(split_heads(now, kHeads));
  const auto with = [&](std::int64_t rows) {
    return filled(DType::kF32, {kBatch, kHeads, rows, kSize}, [&](std::int64_t i) {
      const std::int64_t e = i % kSize, row = i / kSize % rows, head = i / (kSize * rows);
      return row >= 2 && row < 2 + kLength
                 ? fresh[static_cast<std::size_t>((head * kLength + row - 2) * kSize + e)]
                 : old[static_cast<std::size_t>((head * 6 + row) * kSize + e)];
    });
  };
  NodeModel m = model(3, "DecoderMaskedMultiHeadAttention");
  m.integer("past_present_share_buffer", 1).input(q_).input(now).input(now).none().none();
  const std::vector<Tensor> y = m.input(cache).input(cache).input(i32({1}, {2})).run();
  EXPECT_TRUE(all_close(y[0], Loops{}(q_, with(2 + kLength), with(2 + kLength))));
  EXPECT_TRUE(all_close(y[1], with(6)));
  EXPECT_TRUE(all_close(y[2], with(6)));
}

// --------------------------------------------------------------------------- GroupQueryAttention

class GroupQuery : public ::testing::Test {
 protected:
  static constexpr std::int64_t kQHeads = 4, kKvHeads = 2;

  static NodeModel model(const Tensor& q, const Tensor& k, const Tensor& v, std::size_t outputs) {
    NodeModel m("GroupQueryAttention", outputs);
    m.integer("num_heads", kQHeads).integer("kv_num_heads", kKvHeads);
    m.input(q).input(k).input(v);
    return m;
  }
  static NodeModel& lengths(NodeModel& m, std::vector<std::int64_t> less_one, std::int64_t total) {
    const auto batch = static_cast<std::int64_t>(less_one.size());
    return m.input(i32({batch}, less_one)).input(i32({1}, {total}));
  }
  static Loops causal(std::int64_t before, std::int64_t window = 1000) {
    Loops loops{.kv_heads = kKvHeads};
    loops.added = [=](auto, auto, std::int64_t i, std::int64_t j) {
      return j > i + before || j <= i + before - window ? kNever : 0;
    };
    return loops;
  }

  const Tensor q_ = random({kBatch, kLength, kQHeads* kSize}, 1);
  const Tensor k_ = random({kBatch, kLength, kKvHeads* kSize}, 2);
  const Tensor v_ = random({kBatch, kLength, kKvHeads* kSize}, 3);
  const Tensor keys_ = split_heads(k_, kKvHeads);
  const Tensor values_ = split_heads(v_, kKvHeads);
};

TEST_F(GroupQuery, StartsWithoutACache) {
  NodeModel m = model(q_, k_, v_, 3);
  lengths(m.none().none(), {2, 2}, 3);
  const std::vector<Tensor> y = m.run();
  EXPECT_TRUE(all_close(y[0], causal(0)(q_, keys_, values_)));
  EXPECT_TRUE(all_close(y[1], keys_));
  EXPECT_TRUE(all_close(y[2], values_));
}

TEST_F(GroupQuery, WindowSoftcapScaleAndSinks) {
  const auto run = [&](const std::function<void(NodeModel&)>& set) {
    NodeModel m = model(q_, k_, v_, 1);
    set(m);
    return m.run()[0];
  };
  const auto plain = [&](NodeModel& m) { lengths(m.none().none(), {2, 2}, 3); };
  EXPECT_TRUE(all_close(run([&](NodeModel& m) { plain(m.integer("local_window_size", 2)); }),
                        causal(0, 2)(q_, keys_, values_)));
  Loops capped = causal(0);
  capped.softcap = 0.5;
  capped.scale = 2;
  EXPECT_TRUE(
      all_close(run([&](NodeModel& m) { plain(m.number("softcap", 0.5).number("scale", 2)); }),
                capped(q_, keys_, values_)));
  Loops all{.kv_heads = kKvHeads};
  EXPECT_TRUE(all_close(run([&](NodeModel& m) { plain(m.integer("causal", 0)); }),
                        all(q_, keys_, values_)));
  const Tensor sinks = f32({kQHeads}, {0.5, -1, 2, 0});
  Loops sinking = causal(0);
  sinking.sinks = &sinks;
  EXPECT_TRUE(all_close(run([&](NodeModel& m) {
                          plain(m);
                          m.none().none().none().none().input(sinks);
                        }),
                        sinking(q_, keys_, values_)));
  const Tensor zeros = f32({kQHeads}, {0, 0, 0, 0});
  sinking.sinks = &zeros;
  EXPECT_TRUE(all_close(run([&](NodeModel& m) { plain(m.integer("smooth_softmax", 1)); }),
                        sinking(q_, keys_, values_)));
}

TEST_F(GroupQuery, CacheGrows) {
  const Tensor past_keys = random({kBatch, kKvHeads, 2, kSize}, 4);
  const Tensor past_values = random({kBatch, kKvHeads, 2, kSize}, 5);
  NodeModel m = model(q_, k_, v_, 3);
  lengths(m.input(past_keys).input(past_values), {4, 4}, 5);
  const std::vector<Tensor> y = m.run();
  const Tensor keys = behind(past_keys, keys_), values = behind(past_values, values_);
  EXPECT_TRUE(all_close(y[0], causal(2)(q_, keys, values)));
  EXPECT_TRUE(all_close(y[1], keys));
  EXPECT_TRUE(all_close(y[2], values));
}

TEST_F(GroupQuery, CacheWithRoomIsWrittenAtEachBatchsPlace) {
  // Room for 6: batch 0 has 2 keys, batch 1 has 1.
  const Tensor cache = random({kBatch, kKvHeads, 6, kSize}, 4);
  NodeModel m = model(q_, k_, v_, 3);
  lengths(m.input(cache).input(cache), {4, 3}, 5);
  const std::vector<Tensor> y = m.run();
  ASSERT_EQ(y[1].dim(2), 6);
  const auto row_of = [](const Tensor& t, std::int64_t b, std::int64_t row) {
    return t.data<float>()[(b * kKvHeads * t.dim(2) + row) * kSize];
  };
  for (std::int64_t b = 0; b < kBatch; ++b) {
    const std::int64_t before = b == 0 ? 2 : 1;
    for (std::int64_t j = 0; j < 6; ++j) {
      const bool fresh = j >= before && j < before + kLength;
      EXPECT_EQ(row_of(y[1], b, j), fresh ? row_of(keys_, b, j - before) : row_of(cache, b, j));
    }
  }
  // The keys of both batches together, those behind the last one of a batch masked.
  Loops loops{.kv_heads = kKvHeads};
  loops.added = [](std::int64_t b, auto, std::int64_t i, std::int64_t j) {
    return j > i + (b == 0 ? 2 : 1) ? kNever : 0;
  };
  EXPECT_TRUE(all_close(y[0], loops(q_, y[1], y[2])));
}

TEST_F(GroupQuery, RotatesQueriesAndKeys) {
  // At position p each pair turns by p quarter turns.
  const Tensor cosines = filled(DType::kF32, {8, 2}, [](std::int64_t i) {
    return std::vector<double>{1, 0, -1, 0}[static_cast<std::size_t>(i / 2 % 4)];
  });
  const Tensor sines = filled(DType::kF32, {8, 2}, [](std::int64_t i) {
    return std::vector<double>{0, 1, 0, -1}[static_cast<std::size_t>(i / 2 % 4)];
  });
  const auto turned = [&](const Tensor& x, std::int64_t first) {
    const std::vector<double> from = values_of(x);
    const std::int64_t row_size = x.dim(2);
    return filled(DType::kF32, x.shape(), [&](std::int64_t i) {
      const std::int64_t e = i % kSize, half = kSize / 2;
      const std::int64_t position = i / row_size % kLength + first;
      const double c = values_of(cosines)[static_cast<std::size_t>(2 * position)];
      const double s = values_of(sines)[static_cast<std::size_t>(2 * position)];
      const double other = from[static_cast<std::size_t>(e < half ? i + half : i - half)];
      return from[static_cast<std::size_t>(i)] * c + (e < half ? -other : other) * s;
    });
  };
  const Tensor past = random({kBatch, kKvHeads, 2, kSize}, 4);
  NodeModel m = model(q_, k_, v_, 2);
  lengths(m.integer("do_rotary", 1).input(past).input(past), {4, 4}, 5);
  m.constant(cosines).constant(sines);
  const std::vector<Tensor> y = m.run();
  const Tensor keys = behind(past, split_heads(turned(k_, 2), kKvHeads));
  EXPECT_TRUE(all_close(y[1], keys));
  EXPECT_TRUE(all_close(y[0], causal(2)(turned(q_, 2), keys, behind(past, values_))));
  NodeModel none = model(q_, k_, v_, 1);
  lengths(none.integer("do_rotary", 1).none().none(), {2, 2}, 3);
  EXPECT_THAT(none.import(), FailsWith(StatusCode::kInvalidArgument, "do_rotary needs cos_cache"));
}

TEST_F(GroupQuery, SplitsOnePackedInput) {
  const std::vector<double> qs = values_of(q_), ks = values_of(k_), vs = values_of(v_);
  const std::int64_t q_size = kQHeads * kSize, kv_size = kKvHeads * kSize;
  const std::int64_t all = q_size + 2 * kv_size;
  const Tensor packed = filled(DType::kF32, {kBatch, kLength, all}, [&](std::int64_t i) {
    const std::int64_t row = i / all, e = i % all;
    if (e < q_size) return qs[static_cast<std::size_t>(row * q_size + e)];
    const std::int64_t f = (e - q_size) % kv_size;
    return (e < q_size + kv_size ? ks : vs)[static_cast<std::size_t>(row * kv_size + f)];
  });
  NodeModel m("GroupQueryAttention", 1);
  m.integer("num_heads", kQHeads).integer("kv_num_heads", kKvHeads);
  lengths(m.input(packed).none().none().none().none(), {2, 2}, 3);
  EXPECT_TRUE(all_close(m.run()[0], causal(0)(q_, keys_, values_)));
}

TEST_F(GroupQuery, RefusesQuantisedCaches) {
  NodeModel m = model(q_, k_, v_, 1);
  lengths(m.text("k_quant_type", "PER_TENSOR").none().none(), {2, 2}, 3);
  EXPECT_THAT(m.import(),
              FailsWith(StatusCode::kUnimplemented, "k_quant_type = PER_TENSOR is not supported"));
  NodeModel odd("GroupQueryAttention");
  odd.integer("num_heads", 3).integer("kv_num_heads", 2).input(q_).input(k_).input(v_);
  lengths(odd.none().none(), {2, 2}, 3);
  EXPECT_THAT(odd.import(), FailsWith(StatusCode::kInvalidArgument, "3 heads of Q cannot share 2"));
}

TEST(MicrosoftRotaryEmbedding, CountsFromTheFirstPosition) {
  const Tensor cosines = f32({4, 1}, {1, 0, -1, 0});
  const Tensor sines = f32({4, 1}, {0, 1, 0, -1});
  const Tensor x = f32({1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  // Positions 1 and 2: a quarter turn of every pair, then half a turn.
  const Tensor y = f32({1, 2, 4}, {-2, 1, -4, 3, -5, -6, -7, -8});
  EXPECT_TRUE(all_close(NodeModel("RotaryEmbedding")
                            .input(x)
                            .input(i64({1}, {1}))
                            .constant(cosines)
                            .constant(sines)
                            .run()[0],
                        y));
  EXPECT_TRUE(all_close(NodeModel("RotaryEmbedding")
                            .input(x)
                            .input(i64({1, 2}, {1, 2}))
                            .constant(cosines)
                            .constant(sines)
                            .run()[0],
                        y));
  EXPECT_THAT(NodeModel("RotaryEmbedding")
                  .number("scale", 2)
                  .input(x)
                  .input(i64({1}, {1}))
                  .constant(cosines)
                  .constant(sines)
                  .import(),
              FailsWith(StatusCode::kUnimplemented, "scale is not 1"));
}

// ------------------------------------------------------------------------------- SparseAttention

// Two layouts of 2 x 2 blocks of two, for the heads in turn: all before the diagonal, or nothing.
TEST_F(GroupQuery, SparseLayoutsHideBlocks) {
  NodeModel m("SparseAttention", 3);
  m.integer("num_heads", kQHeads).integer("kv_num_heads", kKvHeads).integer("sparse_block_size", 2);
  m.input(q_).input(k_).input(v_);
  const Tensor room = filled(DType::kF32, {kBatch, kKvHeads, 4, kSize}, [](auto) { return 0; });
  m.input(room).input(room);
  m.constant(i32({2, 3}, {0, 1, 3, 0, 1, 2})).constant(i32({2, 3}, {0, 0, 1, 0, 1, 0}));
  m.input(i32({1}, {kLength})).input(i32({kBatch}, {kLength, kLength}));
  Loops loops{.kv_heads = kKvHeads};
  loops.added = [](auto, std::int64_t h, std::int64_t i, std::int64_t j) {
    const bool hidden = h % 2 == 1 && i / 2 == 1 && j / 2 == 0;
    return j > i || hidden ? kNever : 0;
  };
  const std::vector<Tensor> y = m.run();
  EXPECT_TRUE(all_close(y[0], loops(q_, keys_, values_)));
  EXPECT_EQ(y[1].shape(), room.shape());
}

}  // namespace
}  // namespace tern::testing
