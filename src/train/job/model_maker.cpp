#include "train/job/model_maker.h"

#include <algorithm>

#include "base/errors.h"
#include "base/json.h"
#include "tern/functions.h"
#include "tern/loss.h"
#include "tern/model.h"
#include "tern/nn.h"
#include "tern/trainable.h"
#include "train/job/input_scaling.h"

namespace tern::train {
namespace {

// One number per entry of the first axis of a row, in a shape that broadcasts over the others.
Result<Tensor> as_constant(const std::vector<double>& numbers, int row_rank) {
  const std::vector<float> values(numbers.begin(), numbers.end());
  Shape shape;
  if (values.size() > 1) {
    shape.push_back(static_cast<std::int64_t>(values.size()));
    for (int axis = 1; axis < row_rank; ++axis) shape.push_back(1);
  }
  return Tensor::from<float>(shape, values);
}

class ModelMaker {
 public:
  ModelMaker(const TrainConfig& config, const TrainingData& data)
      : config_(config), data_(data), target_(data.train.fields().back()) {}

  Result<Graph> run() {
    TERN_ASSIGN_OR_RETURN(scaling_, input_scaling(config_.input, data_.train));
    Graph graph;
    if (config_.model.onnx.empty()) {
      TERN_ASSIGN_OR_RETURN(graph, from_layers());
    } else {
      TERN_ASSIGN_OR_RETURN(graph, from_file());
    }
    add_metadata(graph);
    return graph;
  }

 private:
  Shape row_shape() const {
    return config_.input.shape.empty() ? data_.train.fields()[0].shape : config_.input.shape;
  }

  Result<Graph> from_layers() {
    Graph graph;
    graph.name = "model";
    GraphBuilder b(graph);
    std::vector<Dim> dims{Dim(graph.symbol("N"))};
    const Shape row = row_shape();
    dims.insert(dims.end(), row.begin(), row.end());
    Value x = b.input("input", TypeInfo(DType::kF32, std::move(dims)));
    TERN_ASSIGN_OR_RETURN(x, scaled(b, x));
    TERN_ASSIGN_OR_RETURN(x, add_layers(b, x));
    TERN_TRY(finish(b, x));
    return graph;
  }

  Result<Graph> from_file() {
    const ModelConfig& model = config_.model;
    TERN_ASSIGN_OR_RETURN(Graph graph, load_model(model.onnx));
    if (graph.inputs().size() != 1 || graph.outputs().empty()) {
      return invalid_argument("{}: the model has {} inputs and {} outputs, one input is needed",
                              model.onnx, graph.inputs().size(), graph.outputs().size());
    }
    ValueId end = graph.outputs()[0];
    if (!model.onnx_output.empty()) {
      end = graph.find(model.onnx_output);
      if (end == kNoValue)
        return not_found("{}: there is no value {}", model.onnx, model.onnx_output);
    }
    if (model.trainable != "none") {
      Result<std::vector<std::string>> names = make_trainable(graph, model.trainable);
      if (!names.ok()) return names.status().with_context(model.onnx);
    }
    GraphBuilder b(graph);
    const Value input(&b, graph.inputs()[0]);
    const std::vector<NodeId> users = graph.value(input.id()).users;
    TERN_ASSIGN_OR_RETURN(const Value x, scaled(b, input));
    if (x.id() != input.id()) {
      for (const NodeId user : users) {
        for (std::size_t i = 0; i < graph.node(user).inputs.size(); ++i) {
          if (graph.node(user).inputs[i] == input.id()) graph.set_input(user, i, x.id());
        }
      }
    }
    TERN_TRY(graph.sort());
    TERN_ASSIGN_OR_RETURN(const Value y, add_layers(b, Value(&b, end)));
    TERN_TRY(finish(b, y));
    return graph;
  }

  Result<Value> scaled(GraphBuilder& b, Value x) {
    if (scaling_.is_identity()) return x;
    const int row_rank = x.type().rank() - 1;
    const auto entries = static_cast<std::int64_t>(scaling_.factor.size());
    const bool has_entries = row_rank > 0 && x.type().shape[1].known();
    if (entries > 1 && (!has_entries || x.type().shape[1].value() != entries)) {
      return invalid_argument("input: {} numbers for mean or std, the first axis of a row has {}",
                              entries, has_entries ? x.type().shape[1].value() : 0);
    }
    TERN_ASSIGN_OR_RETURN(Tensor factor, as_constant(scaling_.factor, row_rank));
    TERN_ASSIGN_OR_RETURN(Tensor offset, as_constant(scaling_.offset, row_rank));
    const bool shifts = std::ranges::any_of(scaling_.offset, [](double o) { return o != 0; });
    x = x * b.constant(std::move(factor), "input_factor");
    if (shifts) x = x + b.constant(std::move(offset), "input_offset");
    TERN_TRY(b.status());
    return x;
  }

  Result<Value> add_layers(GraphBuilder& b, Value x) {
    nn::Layers layers(b, {.seed = config_.seed});
    for (const LayerConfig& layer : config_.model.layers) {
      x = layers.apply(x, layer.layer);
      if (!b.status().ok()) return b.status().with_context(layer.place);
    }
    return x;
  }

  // Probabilities, unless the model gives them itself, and a name.
  Status finish(GraphBuilder& b, Value y) {
    const LossKind loss = loss_for(config_.loss, target_);
    const bool classes = loss == LossKind::kCrossEntropy || loss == LossKind::kDivergence;
    const bool binary = loss == LossKind::kBinaryCrossEntropy;
    TERN_TRY(check_scores(y, loss));
    if ((classes || binary) && scores_of(y).id() == y.id()) {
      y = classes ? softmax(y, y.rank() == 2 ? -1 : 1) : sigmoid(y);
    }
    // A model that only learns on keeps the name that others know its output by.
    const bool known = !config_.model.onnx.empty() && config_.model.layers.empty();
    b.output(known && y.present() ? b.graph().value(y.id()).name
             : classes || binary  ? "probabilities"
                                  : "output",
             y);
    return b.status();
  }

  Status check_scores(Value y, LossKind loss) const {
    const TypeInfo& type = y.type();
    if (loss == LossKind::kCrossEntropy || loss == LossKind::kMultiMargin) {
      if (target_.classes.empty() && is_floating(target_.dtype)) {
        return invalid_argument("loss: {} needs classes, the labels are numbers",
                                loss == LossKind::kCrossEntropy ? "cross_entropy" : "hinge");
      }
      if (type.rank() < 2) return invalid_argument("model: the output is no row of scores");
      const Dim& scores = type.shape[1];
      const auto count = static_cast<std::int64_t>(target_.classes.size());
      if (count > 0 && scores.known() && scores.value() != count) {
        return invalid_argument("model: {} outputs for {} classes", scores.value(), count);
      }
    }
    const std::size_t weights = config_.loss.cross_entropy.class_weights.size();
    if (weights > 0 && !target_.classes.empty() && weights != target_.classes.size()) {
      return invalid_argument("loss: {} class_weights for {} classes", weights,
                              target_.classes.size());
    }
    const bool continuous = loss == LossKind::kDivergence || loss == LossKind::kCosine;
    if (continuous && !target_.classes.empty()) {
      return invalid_argument("loss: {} compares rows of numbers, the labels are classes",
                              loss == LossKind::kCosine ? "cosine" : "kl");
    }
    if (continuous && type.rank() != 2) {
      return invalid_argument("model: the output is of rank {}, the loss compares [N, D]",
                              type.rank());
    }
    if (loss == LossKind::kBinaryCrossEntropy && target_.classes.size() > 2) {
      return invalid_argument("loss: binary_cross_entropy for {} classes", target_.classes.size());
    }
    return {};
  }

  void add_metadata(Graph& graph) const {
    if (!target_.classes.empty()) {
      std::string labels;
      JsonWriter json(labels);
      json.begin_array();
      for (std::size_t i = 0; i < target_.classes.size(); ++i) {
        json.value(target_.classes[i].empty() ? std::to_string(i) : target_.classes[i]);
      }
      json.end_array();
      graph.metadata["labels"] = labels;
    }
    if (data_.image) graph.metadata["image_input"] = to_json(*data_.image);
    if (data_.schema) graph.metadata["csv_schema"] = to_json(*data_.schema);
  }

  const TrainConfig& config_;
  const TrainingData& data_;
  const DataField& target_;
  InputScaling scaling_;
};

}  // namespace

LossKind loss_for(const LossConfig& config, const DataField& target) {
  if (config.kind) return *config.kind;
  return is_floating(target.dtype) ? LossKind::kMeanSquaredError : LossKind::kCrossEntropy;
}

Result<Graph> make_model(const TrainConfig& config, const TrainingData& data) {
  return ModelMaker(config, data).run();
}

}  // namespace tern::train
