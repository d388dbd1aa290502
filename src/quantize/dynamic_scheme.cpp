// Products on bytes, the range of the activations measured in every run: DynamicQuantizeLinear,
// MatMulInteger, and the two scales.
#include <map>

#include "base/errors.h"
#include "quantize/scheme.h"
#include "quantize/weights.h"
#include "tern/functions.h"
#include "tern/ops/quant.h"

namespace tern::quant {
namespace {

// [N,K] as [K,N].
Result<Tensor> transposed(const Tensor& bytes) {
  TERN_ASSIGN_OR_RETURN(Tensor result,
                        Tensor::uninitialized(DType::kI8, {bytes.dim(1), bytes.dim(0)}));
  const auto* from = bytes.data<std::int8_t>();
  auto* to = result.mutable_data<std::int8_t>();
  for (std::int64_t r = 0; r < bytes.dim(0); ++r) {
    for (std::int64_t c = 0; c < bytes.dim(1); ++c) to[c * bytes.dim(0) + r] = *from++;
  }
  return result;
}

class DynamicScheme : public Scheme {
 public:
  explicit DynamicScheme(const QuantizeOptions& options) : per_channel_(options.per_channel) {}

  Result<Value> quantised(GraphBuilder& b, const Layer& layer) override {
    const Graph& graph = b.graph();
    const std::string name = graph.value(layer.weight).name;
    TERN_ASSIGN_OR_RETURN(ByteWeight weight, to_bytes(*graph.constant(layer.weight),
                                                      layer.channel_axis, per_channel_));
    if (layer.channel_axis == 0) {
      TERN_ASSIGN_OR_RETURN(weight.values, transposed(weight.values));
    }
    const std::vector<Value>& x = input_bytes(b, layer.input);
    const Value product =
        b.op(ops::MatMulInteger{}, {x[0], b.constant(std::move(weight.values), name + ".i8"), x[2],
                                    b.constant(std::move(weight.zeros), name + ".zero")});
    const Value scale = x[1] * b.constant(std::move(weight.scales), name + ".scale");
    const Value y = cast(product, DType::kF32) * scale;
    return layer.bias == kNoValue ? y : y + Value(&b, layer.bias);
  }

 private:
  // Layers that read the same value share its bytes; a builder on another graph starts anew.
  const std::vector<Value>& input_bytes(GraphBuilder& b, ValueId input) {
    if (graph_ != &b.graph()) bytes_.clear();
    graph_ = &b.graph();
    std::vector<Value>& bytes = bytes_[input];
    const Value x[] = {Value(&b, input)};
    if (bytes.empty()) bytes = b.op_n(ops::DynamicQuantizeLinear{}, std::span(x), 3);
    for (Value& value : bytes) value = Value(&b, value.id());
    return bytes;
  }

  bool per_channel_;
  const Graph* graph_ = nullptr;
  std::map<ValueId, std::vector<Value>> bytes_;
};

}  // namespace

std::unique_ptr<Scheme> make_dynamic_scheme(const QuantizeOptions& options) {
  return std::make_unique<DynamicScheme>(options);
}

}  // namespace tern::quant
