// After the first run with a shape, Session::run(inputs, outputs) allocates nothing.
#include <gtest/gtest.h>

#include <vector>

#include "ops/op_table.h"
#include "tern/functions.h"
#include "tern/session.h"
#include "tests/support/allocation_counter.h"

namespace tern {
namespace {

using testing::AllocationCounter;

Tensor filled(const Shape& shape) {
  Tensor t = *Tensor::uninitialized(DType::kF32, shape);
  for (std::int64_t i = 0; i < t.elements(); ++i) {
    t.mutable_data<float>()[i] = 0.01F * static_cast<float>(i % 89) - 0.4F;
  }
  return t;
}

Value filled_constant(GraphBuilder& b, const Shape& shape, const char* name) {
  return b.constant(filled(shape), name);
}

// Convolutions of every algorithm, pooling, a residual, concatenation of channels, dense layers.
Graph image_network() {
  GraphBuilder b("image");
  const Value x = b.input("x", DType::kF32, {"N", 3, 32, 32});
  const Value stem = relu(conv(x, filled_constant(b, {32, 3, 3, 3}, "stem"), {},
                               {.pads = {1, 1, 1, 1}, .strides = {2, 2}}));
  const Value deep =
      conv(stem, filled_constant(b, {32, 32, 3, 3}, "winograd"), {}, {.pads = {1, 1, 1, 1}});
  const Value wide = conv(stem, filled_constant(b, {32, 1, 3, 3}, "depthwise"), {},
                          {.group = 32, .pads = {1, 1, 1, 1}});
  const Value both = concat({silu(deep) + stem, wide}, 1);
  const Value point = conv(both, filled_constant(b, {16, 64, 1, 1}, "point"), {}, {});
  const Value small = max_pool(point, {.kernel_shape = {2, 2}, .strides = {2, 2}});
  const Value mean = reshape(global_average_pool(small), {0, 16});
  const Value y = gemm(mean, filled_constant(b, {16, 10}, "w"), filled_constant(b, {10}, "bias"));
  b.output("y", softmax(y));
  b.output("image", small);
  return *b.build();
}

// Embedding, normalisation, attention by plain operators, slices and a mask.
Graph text_network() {
  GraphBuilder b("text");
  const Value ids = b.input("ids", DType::kI64, {"N", "length"});
  const Value embedded = gather(filled_constant(b, {50, 32}, "table"), ids);
  const Value h = layer_normalization(embedded, filled_constant(b, {32}, "scale"),
                                      filled_constant(b, {32}, "shift"), {});
  const Value qkv = matmul(h, filled_constant(b, {32, 96}, "qkv"));
  std::vector<Value> heads;
  for (const Value part : split(qkv, {32, 32, 32}, 2)) {
    heads.push_back(transpose(reshape(part, {0, 0, 4, 8}), {0, 2, 1, 3}));
  }
  const Value scores = matmul(heads[0], transpose(heads[1], {0, 1, 3, 2})) * 0.35;
  const Value mixed = matmul(softmax(where(greater(scores, 0.0), scores, -1e9)), heads[2]);
  const Value joined = reshape(transpose(mixed, {0, 2, 1, 3}), {0, 0, 32});
  const Value out = gelu(matmul(joined, filled_constant(b, {32, 32}, "out"))) + embedded;
  b.output("y", slice(out, {0}, {1}, {1}));
  return *b.build();
}

void expect_no_allocation(Session& session, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs = *session.run(inputs);
  const AllocationCounter allocations;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session.run(inputs, outputs).ok());
  EXPECT_EQ(allocations.count(), 0);
}

TEST(SteadyState, RunsOfAnImageNetworkAllocateNothing) {
  for (const int threads : {1, 2}) {
    Session session = *Session::create(image_network(), {.threads = threads});
    for (const std::int64_t batch : {1, 4}) {
      SCOPED_TRACE(::testing::Message() << threads << " threads, batch " << batch);
      expect_no_allocation(session, {filled({batch, 3, 32, 32})});
    }
  }
}

TEST(SteadyState, RunsOfATextNetworkAllocateNothing) {
  for (const int threads : {1, 2}) {
    Session session = *Session::create(text_network(), {.threads = threads});
    for (const std::int64_t length : {1, 7, 33}) {
      SCOPED_TRACE(::testing::Message() << threads << " threads, length " << length);
      std::vector<std::int64_t> ids(static_cast<std::size_t>(length));
      for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i % 50);
      expect_no_allocation(session, {*Tensor::from<std::int64_t>({1, length}, ids)});
    }
  }
}

}  // namespace
}  // namespace tern
