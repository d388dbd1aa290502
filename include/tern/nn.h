// Layers: what a network is put together from. A layer adds nodes to a GraphBuilder and brings the
// variables it needs, with names and initial values.
//
//   tern::GraphBuilder b("lenet");
//   tern::nn::Layers nn(b, {.seed = 1});
//   tern::Value h = b.input("image", tern::DType::kF32, {"N", 1, 28, 28});
//   h = relu(nn.conv(h, {.channels = 6, .kernel = {5}, .same = true}));
//   h = nn.max_pool(h, {.kernel = {2}});
//   b.output("scores", nn.dense(nn.flatten(h), {.units = 10}));
//
// A graph written this way is the model itself, as it runs and is exported: dropout does nothing
// and batch normalisation uses its running statistics. What differs in training is put in by
// Trainer (tern/trainer.h), so one definition serves both and they share their variables.
// Mistakes are kept by the builder. One object serves one thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tern/graph_builder.h"
#include "tern/tensor.h"

namespace tern::nn {

/// How a variable begins. With i and o the numbers of inputs and outputs that one weight joins:
enum class Initializer : std::uint8_t {
  kZeros,
  kOnes,
  kKaimingUniform,  ///< U(-a, a), a = sqrt(6 / i): He et al. 2015, for layers before a relu
  kKaimingNormal,   ///< N(0, 2 / i)
  kXavierUniform,   ///< U(-a, a), a = sqrt(6 / (i + o)): Glorot and Bengio 2010
  kXavierNormal,    ///< N(0, 2 / (i + o))
  kUnitNormal,      ///< N(0, 1)
};

/// What the values of one variable follow from; the same on every machine.
struct InitialValue {
  Initializer initializer = Initializer::kZeros;
  double fan_in = 1;   ///< i above; at least 1
  double fan_out = 1;  ///< o
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  ///< apart for every variable of a model
};
/// A tensor of a floating type. kInvalidArgument for another type, or more than 2^62 elements.
Result<Tensor> make_initial(DType dtype, const Shape& shape, const InitialValue& value);

// Every layer takes a `name` for its scope: "conv1" gives "conv1.weight" and "conv1.bias". Without
// one it is its kind and a number, "conv1", "conv2". Lists of sizes have one entry per spatial
// axis, or a single one for all of them.

/// x W + b on the last axis. Variables weight [inputs, units], bias [units].
struct Dense {
  std::int64_t units = 0;
  bool bias = true;
  Initializer weights = Initializer::kKaimingUniform;
  std::string name = {};
};

/// Convolution of [N, C, spatial...] with 1 to 3 spatial axes. Variables weight [channels,
/// C / groups, kernel...], bias [channels].
struct Conv {
  std::int64_t channels = 0;
  std::vector<std::int64_t> kernel = {3};
  std::vector<std::int64_t> stride = {1};
  std::vector<std::int64_t> padding = {0};  ///< at both ends
  bool same = false;                        ///< pads so that stride 1 keeps the size; no `padding`
  std::vector<std::int64_t> dilation = {1};
  std::int64_t groups = 1;
  bool bias = true;
  Initializer weights = Initializer::kKaimingUniform;
  std::string name = {};
};

/// Normalises each channel (axis 1). Variables scale, bias, and the running statistics mean and
/// variance, which training moves: new = momentum * old + (1 - momentum) * batch.
struct BatchNorm {
  float momentum = 0.9F;
  float epsilon = 1e-5F;
  std::string name = {};
};

/// Normalises the last axis of every row. Variables scale, bias.
struct LayerNorm {
  float epsilon = 1e-5F;
  std::string name = {};
};

struct MaxPool {
  std::vector<std::int64_t> kernel = {2};
  std::vector<std::int64_t> stride = {};  ///< as the kernel when empty
  std::vector<std::int64_t> padding = {0};
};

struct AveragePool {
  std::vector<std::int64_t> kernel = {2};
  std::vector<std::int64_t> stride = {};  ///< as the kernel when empty
  std::vector<std::int64_t> padding = {0};
};

/// The mean over all spatial axes, which are gone then: [N, C].
struct GlobalAveragePool {};

/// In training sets elements to zero with probability `ratio` and divides the others by 1 - ratio.
struct Dropout {
  float ratio = 0.5F;  ///< in [0, 1)
};

/// [N, ...] as [N, features].
struct Flatten {};

/// The axes behind the first in another shape; one size may be -1.
struct Reshape {
  std::vector<std::int64_t> shape = {};
};

enum class Activation : std::uint8_t {
  kRelu,
  kLeakyRelu,  ///< slope 0.01 below zero
  kElu,
  kSelu,
  kGelu,
  kSilu,
  kMish,
  kHardSwish,
  kSigmoid,
  kTanh,
  kSoftplus,
  kSoftmax,     ///< along the last axis
  kLogSoftmax,  ///< along the last axis
};

struct Activate {
  Activation kind = Activation::kRelu;
};

/// Rows of a table named by integers: [...] becomes [..., size]. Variable weight [count, size].
struct Embedding {
  std::int64_t count = 0;
  std::int64_t size = 0;
  Initializer weights = Initializer::kUnitNormal;
  std::string name = {};
};

enum class RecurrentKind : std::uint8_t { kLstm, kGru, kRnn };

/// Reads [N, steps, features] step by step. Gives the state after the last step, [N, units], or
/// with `sequence` after each, [N, steps, units]; twice as wide when bidirectional, the reverse
/// direction behind the forward one. Variables weight, recurrence and bias as ops::LSTM, GRU and
/// RNN have W, R and B; the forget gates of an LSTM begin open, with a bias of 1.
struct Recurrent {
  RecurrentKind kind = RecurrentKind::kLstm;
  std::int64_t units = 0;
  bool bidirectional = false;
  bool sequence = false;
  std::string name = {};
};

struct Layer;

/// body(x) + shortcut(x); an empty shortcut is x itself.
struct Residual {
  std::vector<Layer> body = {};
  std::vector<Layer> shortcut = {};
  std::string name = {};
};

/// Any layer, for models that are lists of them.
struct Layer
    : std::variant<Dense, Conv, BatchNorm, LayerNorm, MaxPool, AveragePool, GlobalAveragePool,
                   Dropout, Flatten, Reshape, Activate, Embedding, Recurrent, Residual> {
  using variant::variant;
};

/// "dense", "conv", "batch_norm": what names of unnamed layers begin with.
std::string_view kind_of(const Layer& layer);

Value activate(Value x, Activation kind);

class Layers {
 public:
  struct Options {
    std::uint64_t seed = 0;  ///< of all initial values
  };

  /// `builder` must outlive this object. Two objects with the same seed give the same values.
  explicit Layers(GraphBuilder& builder) : Layers(builder, Options()) {}
  Layers(GraphBuilder& builder, const Options& options) : builder_(builder), options_(options) {}

  Value dense(Value x, const Dense& layer) { return add(x, layer); }
  Value conv(Value x, const Conv& layer) { return add(x, layer); }
  Value batch_norm(Value x, const BatchNorm& layer = {}) { return add(x, layer); }
  Value layer_norm(Value x, const LayerNorm& layer = {}) { return add(x, layer); }
  Value max_pool(Value x, const MaxPool& layer = {}) { return add(x, layer); }
  Value average_pool(Value x, const AveragePool& layer = {}) { return add(x, layer); }
  Value global_average_pool(Value x) { return add(x, GlobalAveragePool{}); }
  Value dropout(Value x, const Dropout& layer = {}) { return add(x, layer); }
  Value flatten(Value x) { return add(x, Flatten{}); }
  Value embedding(Value ids, const Embedding& layer) { return add(ids, layer); }
  Value recurrent(Value x, const Recurrent& layer) { return add(x, layer); }

  /// One layer after the other.
  Value sequential(Value x, std::span<const Layer> layers);
  Value apply(Value x, const Layer& layer);

  /// A variable of the present scope with values of its own, for layers of your own making.
  Value variable(std::string_view name, DType dtype, const Shape& shape,
                 Initializer initializer = Initializer::kZeros, double fan_in = 1,
                 double fan_out = 1, bool trainable = true);

 private:
  Value add(Value x, const Dense& layer);
  Value add(Value x, const Conv& layer);
  Value add(Value x, const BatchNorm& layer);
  Value add(Value x, const LayerNorm& layer);
  Value add(Value x, const MaxPool& layer);
  Value add(Value x, const AveragePool& layer);
  Value add(Value x, const GlobalAveragePool& layer);
  Value add(Value x, const Dropout& layer);
  Value add(Value x, const Flatten& layer);
  Value add(Value x, const Reshape& layer);
  Value add(Value x, const Activate& layer);
  Value add(Value x, const Embedding& layer);
  Value add(Value x, const Recurrent& layer);
  Value add(Value x, const Residual& layer);
  template <class Op>
  Value add_recurrence(Value x, const Recurrent& layer, std::int64_t gates, Op op);
  Value recurrent_bias(DType dtype, const Recurrent& layer, std::int64_t gates);
  template <class Pool, class Op>
  Value add_pool(Value x, const Pool& layer);

  std::string name_of(std::string_view given, std::string_view kind);
  bool has_rank(Value x, std::string_view layer, int lowest, int highest);
  // The size of an axis that a variable's shape depends on; 0 after a failure.
  std::int64_t size_of(Value x, int axis, std::string_view layer);
  // `sizes` once per spatial axis; empty after a failure.
  std::vector<std::int64_t> per_axis(Value x, const std::vector<std::int64_t>& sizes,
                                     std::string_view what, std::int64_t lowest);

  GraphBuilder& builder_;
  Options options_;
  std::uint64_t variables_ = 0;
  std::map<std::string, int, std::less<>> counts_;
};

}  // namespace tern::nn
