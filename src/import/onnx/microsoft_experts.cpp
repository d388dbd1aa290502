// com.microsoft.MoE and QMoE: a mixture of experts. Every expert computes on every token, and those
// that the router does not choose get the weight 0: the result is the same, whichever are chosen.
#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "ops/quant/packed_bits.h"
#include "tern/functions.h"
#include "tern/ops/quant.h"

namespace tern::onnx {
namespace {

constexpr std::size_t kTokens = 0, kRouter = 1;

/// Where the inputs of a layer of the experts stand.
struct Layer {
  std::size_t weights, bias;
  std::size_t scales = 0, zero_points = 0;  // of quantised weights; 0: numbers as they are
};

struct Layers {
  Layer first, second, gate;
};

class Experts {
 public:
  Experts(Lowering& l, const Layers& layers) : l_(l), b_(l.builder()), layers_(layers) {}

  void run() {
    const std::int64_t chosen = l_.integer("k", 1);
    const bool normalizes = l_.flag("normalize_routing_weights");
    activation_ = l_.text("activation_type", "relu");
    fusion_ = l_.integer("swiglu_fusion");
    alpha_ = l_.number("activation_alpha", 1.0F);
    beta_ = l_.number("activation_beta", 0.0F);
    limit_ = l_.optional_number("swiglu_limit");
    l_.only("use_sparse_mixer", 0);
    if (layers_.first.scales != 0 && !read_quantisation()) return;
    if (fusion_ < 0 || fusion_ > 2) {
      l_.fail(invalid_argument("swiglu_fusion is {}, not 0 to 2", fusion_));
      return;
    }
    const Value x = l_.input(kTokens);
    // [experts, tokens, hidden]
    const Value tokens =
        unsqueeze(reshape(x, concat({int_vector(-1), size_at(l_, x, -1)}, 0)), {0});
    const Value results = dense(hidden(tokens), layers_.second);
    const Value weights = unsqueeze(transpose(routing(chosen, normalizes), {1, 0}), {2});
    l_.set(0, reshape(reduce_sum(results * weights, {0}, false), shape_of(x)));
  }

 private:
  Value int_vector(std::int64_t value) {
    return b_.constant(Tensor::vector<std::int64_t>({value}));
  }

  bool read_quantisation() {
    bits_ = l_.integer("expert_weight_bits", 4);
    block_size_ = l_.integer("block_size", 0);
    const std::string type = l_.text("quant_type", "int");
    if (type != "int") {
      l_.fail(unimplemented("quant_type {} is not supported, int is", type));
    } else if (bits_ != 2 && bits_ != 4 && bits_ != 8) {
      l_.fail(unimplemented("weights of {} bits are not supported, 2, 4 and 8 are", bits_));
    }
    return b_.status().ok();
  }

  /// The weights [experts, outputs, inputs] as numbers of `dtype`.
  Value weights_of(const Layer& layer, DType dtype) {
    if (layer.scales == 0) return l_.input(layer.weights);
    if (!l_.has(layer.scales)) return l_.fail(invalid_argument("weights lack their scales"));
    const Value q = ops::unpacked_bits(l_.input(layer.weights), bits_);
    Value scales = l_.input(layer.scales);
    Value zero;
    if (l_.has(layer.zero_points)) {
      // Packed along the last axis, the last byte perhaps not full.
      const Value all = ops::unpacked_bits(l_.input(layer.zero_points), bits_);
      zero = slice(all, int_vector(0), size_at(l_, scales, -1), {-1});
    } else {
      const auto middle = static_cast<double>(std::int64_t{1} << (bits_ - 1));
      zero = expand(b_.scalar_of(DType::kU8, middle), shape_of(scales));
    }
    std::int64_t block = block_size_;
    if (l_.rank(scales) == 2) {  // one for a whole row
      scales = unsqueeze(scales, {2});
      zero = unsqueeze(zero, {2});
      block = l_.size(q, 2);
    }
    return cast(b_.op(ops::DequantizeLinear{.axis = 2, .block_size = block}, {q, scales, zero}),
                dtype);
  }

  /// x W' + b
  Value dense(Value x, const Layer& layer) {
    const Value y = matmul(x, transpose(weights_of(layer, x.dtype()), {0, 2, 1}));
    return l_.has(layer.bias) ? y + unsqueeze(l_.input(layer.bias), {1}) : y;
  }

  /// The weight of each expert for each token, [tokens, experts].
  Value routing(std::int64_t chosen, bool normalizes) {
    const Value all = softmax(l_.input(kRouter));
    const std::vector<Value> top = b_.op_n(ops::TopK{}, {all, int_vector(chosen)}, 2);
    const Value kept = normalizes ? top[0] / reduce_sum(top[0], {1}) : top[0];
    return b_.op(ops::ScatterElements{.axis = 1}, {zeros_like(all), top[1], kept});
  }

  Value hidden(Value x) {
    Value g = dense(x, layers_.first);
    if (activation_ != "swiglu") {
      const Value y = activated(g);
      return l_.has(layers_.gate.weights) ? y * dense(x, layers_.gate) : y;
    }
    Value linear;
    if (fusion_ == 0) {
      if (!l_.has(layers_.gate.weights)) {
        return l_.fail(invalid_argument("swiglu needs fc3_experts_weights"));
      }
      linear = dense(x, layers_.gate);
    } else {
      // Both products in one: neighbours, or halves.
      const std::int64_t size = l_.size(g, 2) / 2;
      const std::int64_t end = 2 * size;
      const bool neighbours = fusion_ == 1;
      linear = neighbours ? slice(g, {1}, {end}, {2}, {2}) : slice(g, {size}, {end}, {2});
      g = neighbours ? slice(g, {0}, {end}, {2}, {2}) : slice(g, {0}, {size}, {2});
    }
    if (limit_) {
      g = minimum(g, b_.scalar_of(g.dtype(), *limit_));
      linear = clip(linear, -*limit_, *limit_);
    }
    return b_.op(ops::Swish{.alpha = alpha_}, {g}) * (linear + double{beta_});
  }

  Value activated(Value x) {
    if (activation_ == "relu") return relu(x);
    if (activation_ == "gelu") return gelu(x);
    if (activation_ == "silu") return silu(x);
    if (activation_ == "identity") return x;
    return l_.fail(unimplemented("activation_type {} is not supported", activation_));
  }

  Lowering& l_;
  GraphBuilder& b_;
  const Layers layers_;
  std::int64_t bits_ = 0, block_size_ = 0;
  std::string activation_;
  std::int64_t fusion_ = 0;
  float alpha_ = 1.0F, beta_ = 0.0F;
  std::optional<float> limit_;
};

}  // namespace

void mixture_of_experts(Lowering& l) {
  Experts(l, {.first = {2, 3}, .second = {4, 5}, .gate = {6, 7}}).run();
}

void quantized_mixture_of_experts(Lowering& l) {
  l.without(14, "router_weights");
  Experts(l, {.first = {2, 4, 3, 11}, .second = {5, 7, 6, 12}, .gate = {8, 10, 9, 13}}).run();
}

}  // namespace tern::onnx
