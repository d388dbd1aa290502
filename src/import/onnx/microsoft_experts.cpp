// com.microsoft.MoE: a mixture of experts. Every expert computes on every token, and those that the
// router does not choose get the weight 0: the result is the same, whichever are chosen.
#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"

namespace tern::onnx {
namespace {

enum Input : std::size_t {
  kTokens,
  kRouter,
  kFirst,
  kFirstBias,
  kSecond,
  kSecondBias,
  kGate,
  kGateBias
};

class Experts {
 public:
  explicit Experts(Lowering& l) : l_(l), b_(l.builder()) {}

  void run() {
    const std::int64_t chosen = l_.integer("k", 1);
    const bool normalizes = l_.flag("normalize_routing_weights");
    activation_ = l_.text("activation_type", "relu");
    fusion_ = l_.integer("swiglu_fusion");
    alpha_ = l_.number("activation_alpha", 1.0F);
    beta_ = l_.number("activation_beta", 0.0F);
    limit_ = l_.optional_number("swiglu_limit");
    l_.only("use_sparse_mixer", 0);
    if (fusion_ < 0 || fusion_ > 2) {
      l_.fail(invalid_argument("swiglu_fusion is {}, not 0 to 2", fusion_));
      return;
    }
    const Value x = l_.input(kTokens);
    // [experts, tokens, hidden]
    const Value tokens =
        unsqueeze(reshape(x, concat({int_vector(-1), size_at(l_, x, -1)}, 0)), {0});
    const Value results = dense(hidden(tokens), kSecond, kSecondBias);
    const Value weights = unsqueeze(transpose(routing(chosen, normalizes), {1, 0}), {2});
    l_.set(0, reshape(reduce_sum(results * weights, {0}, false), shape_of(x)));
  }

 private:
  Value int_vector(std::int64_t value) {
    return b_.constant(Tensor::vector<std::int64_t>({value}));
  }

  /// x W' + b with the weights [experts, outputs, inputs].
  Value dense(Value x, std::size_t weights, std::size_t bias) {
    const Value y = matmul(x, transpose(l_.input(weights), {0, 2, 1}));
    return l_.has(bias) ? y + unsqueeze(l_.input(bias), {1}) : y;
  }

  /// The weight of each expert for each token, [tokens, experts].
  Value routing(std::int64_t chosen, bool normalizes) {
    const Value all = softmax(l_.input(kRouter));
    const std::vector<Value> top = b_.op_n(ops::TopK{}, {all, int_vector(chosen)}, 2);
    const Value kept = normalizes ? top[0] / reduce_sum(top[0], {1}) : top[0];
    return b_.op(ops::ScatterElements{.axis = 1}, {zeros_like(all), top[1], kept});
  }

  Value hidden(Value x) {
    Value g = dense(x, kFirst, kFirstBias);
    if (activation_ != "swiglu") {
      const Value y = activated(g);
      return l_.has(kGate) ? y * dense(x, kGate, kGateBias) : y;
    }
    Value linear;
    if (fusion_ == 0) {
      if (!l_.has(kGate)) return l_.fail(invalid_argument("swiglu needs fc3_experts_weights"));
      linear = dense(x, kGate, kGateBias);
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
  std::string activation_;
  std::int64_t fusion_ = 0;
  float alpha_ = 1.0F, beta_ = 0.0F;
  std::optional<float> limit_;
};

}  // namespace

void mixture_of_experts(Lowering& l) { Experts(l).run(); }

}  // namespace tern::onnx
