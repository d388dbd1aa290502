#include "inspect/predict.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "tensor/element.h"
#include "tern/model.h"

namespace tern::inspect {
namespace {

constexpr int kUsualTop = 5;
constexpr double kSumTolerance = 1e-3;

/// The metadata "labels" where they are a JSON array of strings; others use that key otherwise.
std::vector<std::string> labels_of(const std::map<std::string, std::string>& metadata) {
  const auto stated = metadata.find("labels");
  if (stated == metadata.end()) return {};
  const Result<JsonValue> json = parse_json(stated->second);
  if (!json.ok() || json->as_array() == nullptr) return {};
  std::vector<std::string> labels;
  for (const JsonValue& item : *json->as_array()) {
    if (item.as_string() == nullptr) return {};
    labels.push_back(*item.as_string());
  }
  return labels;
}

std::vector<double> numbers_of(const Tensor& tensor) {
  std::vector<double> numbers(static_cast<std::size_t>(tensor.elements()));
  const LoadF64 load = load_f64(tensor.dtype());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = load(tensor.raw(), static_cast<std::int64_t>(i));
  }
  return numbers;
}

bool are_probabilities(const std::vector<double>& numbers) {
  if (numbers.size() < 2 || std::ranges::any_of(numbers, [](double p) { return !(p >= 0); })) {
    return false;
  }
  return std::abs(std::accumulate(numbers.begin(), numbers.end(), 0.0) - 1) <= kSumTolerance;
}

/// One prediction after the other, and what they add up to.
class Predictor {
 public:
  Predictor(const PredictOptions& options, Session& session, std::size_t output,
            std::vector<std::string> labels)
      : options_(options), session_(session), output_(output), labels_(std::move(labels)) {}

  Status run(const InputRows& rows, std::int64_t total,
             const std::function<Status(const RowPrediction&, std::int64_t)>& on_row) {
    const IoInfo& input = session_.inputs()[0];
    const bool fixed = input.type.has_rank && input.type.rank() > 0 && input.type.shape[0].known();
    const std::int64_t batch_rows = fixed ? input.type.shape[0].value() : options_.batch;
    TERN_ASSIGN_OR_RETURN(DataLoader loader, DataLoader::create(rows.data, {.batch = batch_rows}));
    TERN_TRY(loader.start_epoch(0));
    while (true) {
      TERN_ASSIGN_OR_RETURN(std::optional<Batch> batch, loader.next());
      if (!batch) return {};
      Result<Tensor> output = run_batch(batch->tensors[0], fixed ? batch_rows : 0);
      if (!output.ok()) return std::move(output).status().with_context(rows.path);
      for (std::size_t i = 0; i < batch->rows.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        TERN_ASSIGN_OR_RETURN(const Tensor slice, output->slice(row, row + 1));
        RowPrediction prediction{.input = rows.name_of(batch->rows[i])};
        TERN_ASSIGN_OR_RETURN(prediction.output,
                              slice.reshape(Shape(slice.shape().dims().subspan(1))));
        if (batch->tensors.size() > 1) {
          TERN_ASSIGN_OR_RETURN(const Tensor label, batch->tensors[1].slice(row, row + 1));
          prediction.label = numbers_of(label)[0];
        }
        interpret(prediction);
        TERN_TRY(on_row(prediction, total));
      }
    }
  }

  PredictSummary summary() const {
    PredictSummary summary = summary_;
    summary.classifies = classifies_.value_or(false);
    if (summary.labelled > 0) {
      const auto count = static_cast<double>(summary.labelled);
      summary.mean_absolute_error = absolute_error_ / count;
      summary.root_mean_square_error = std::sqrt(square_error_ / count);
    }
    return summary;
  }

 private:
  /// The chosen output. A model whose number of rows is fixed gets the last row again where the
  /// data have no more.
  Result<Tensor> run_batch(const Tensor& rows, std::int64_t fixed_rows) {
    const IoInfo& input = session_.inputs()[0];
    TERN_ASSIGN_OR_RETURN(Tensor x, to_input(rows, input));
    const std::int64_t count = x.dim(0);
    if (fixed_rows > count) {
      TERN_ASSIGN_OR_RETURN(x, padded(x, fixed_rows));
    }
    TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                          session_.run(std::span<const Tensor>(&x, 1)));
    const Tensor& y = outputs[output_];
    if (y.rank() == 0 || y.dim(0) != x.dim(0)) {
      return invalid_argument("output {} is {} for {} rows of input: it has no row for each",
                              session_.outputs()[output_].name, y.shape().to_string(), x.dim(0));
    }
    if (load_f64(y.dtype()) == nullptr) {
      return invalid_argument("output {} is {}: no numbers", session_.outputs()[output_].name,
                              to_string(y.dtype()));
    }
    return y.slice(0, count);
  }

  static Result<Tensor> padded(const Tensor& x, std::int64_t rows) {
    Shape shape = x.shape();
    shape[0] = rows;
    TERN_ASSIGN_OR_RETURN(Tensor out, Tensor::zeros(x.dtype(), shape));
    const std::size_t row_bytes = x.bytes() / static_cast<std::size_t>(x.dim(0));
    auto* const to = static_cast<std::byte*>(out.mutable_raw());
    const auto* const from = static_cast<const std::byte*>(x.raw());
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto source = static_cast<std::size_t>(std::min(i, x.dim(0) - 1));
      std::copy_n(from + source * row_bytes, row_bytes,
                  to + static_cast<std::size_t>(i) * row_bytes);
    }
    return out;
  }

  void interpret(RowPrediction& prediction) {
    std::vector<double> scores = numbers_of(prediction.output);
    const bool binary = scores.size() == 1 && labels_.size() == 2;
    if (binary) scores = {1 - scores[0], scores[0]};
    if (!classifies_) {
      classifies_ = binary || (options_.top && scores.size() > 1) ||
                    (!labels_.empty() && labels_.size() == scores.size()) ||
                    are_probabilities(scores);
    }
    ++summary_.rows;
    if (*classifies_) rank(scores, prediction);
    if (!prediction.label) return;
    ++summary_.labelled;
    const bool names_class = *classifies_ && std::abs(*prediction.label) < 0x1p53;  // NaN: none
    prediction.wanted = names_class ? label_text(static_cast<std::int64_t>(*prediction.label))
                                    : fmt::format("{:.6g}", *prediction.label);
    if (*classifies_) {
      const bool correct = !prediction.top.empty() &&
                           static_cast<double>(prediction.top[0].index) == *prediction.label;
      summary_.correct += correct ? 1 : 0;
    } else if (!scores.empty()) {
      const double error = scores[0] - *prediction.label;
      absolute_error_ += std::abs(error);
      square_error_ += error * error;
    }
  }

  void rank(const std::vector<double>& scores, RowPrediction& prediction) const {
    std::vector<std::int64_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const auto shown =
        std::min(order.size(), static_cast<std::size_t>(options_.top.value_or(kUsualTop)));
    // NaN is below every number; of equal scores the first class wins, as ArgMax has it.
    const auto above = [&](std::int64_t a, std::int64_t b) {
      const double x = scores[static_cast<std::size_t>(a)], y = scores[static_cast<std::size_t>(b)];
      if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) || (std::isnan(y) && a < b);
      return x > y || (x == y && a < b);
    };
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown),
                      order.end(), above);
    for (std::size_t i = 0; i < shown; ++i) {
      prediction.top.push_back({.index = order[i],
                                .label = label_text(order[i]),
                                .score = scores[static_cast<std::size_t>(order[i])]});
    }
  }

  std::string label_text(std::int64_t index) const {
    const bool named = index >= 0 && static_cast<std::uint64_t>(index) < labels_.size();
    return named ? labels_[static_cast<std::size_t>(index)] : std::to_string(index);
  }

  const PredictOptions& options_;
  Session& session_;
  std::size_t output_;
  std::vector<std::string> labels_;
  std::optional<bool> classifies_;  // known from the first row on
  PredictSummary summary_;
  double absolute_error_ = 0;
  double square_error_ = 0;
};

Status check_inputs(const Session& session) {
  if (session.inputs().size() == 1) return {};
  std::vector<std::string> names;
  for (const IoInfo& input : session.inputs()) names.push_back(input.name);
  return invalid_argument("the model has {} inputs ({}); files are rows of one: use tern run",
                          names.size(), join(names, ", "));
}

Result<std::size_t> find_output(const Session& session, const std::string& name) {
  if (session.outputs().empty()) return invalid_argument("the model has no output");
  if (name.empty()) return std::size_t{0};
  const auto found = std::ranges::find(session.outputs(), name, &IoInfo::name);
  if (found == session.outputs().end()) return not_found("the model has no output {}", name);
  return static_cast<std::size_t>(found - session.outputs().begin());
}

/// The inputs in their order, neighbouring images as one.
Result<std::vector<InputRows>> open_all(const PredictOptions& options, const IoInfo& input,
                                        const std::map<std::string, std::string>& metadata,
                                        const RowChoices& choices) {
  std::vector<InputRows> all;
  std::vector<std::string> images;
  const auto flush = [&]() -> Status {
    if (images.empty()) return {};
    TERN_ASSIGN_OR_RETURN(InputRows rows,
                          open_image_rows(std::exchange(images, {}), input, metadata, choices));
    all.push_back(std::move(rows));
    return {};
  };
  for (const std::string& path : options.inputs) {
    if (has_image_extension(path) && !is_directory(path)) {
      images.push_back(path);
      continue;
    }
    TERN_TRY(flush());
    TERN_ASSIGN_OR_RETURN(InputRows rows, open_input_rows(path, input, metadata, choices));
    all.push_back(std::move(rows));
  }
  TERN_TRY(flush());
  return all;
}

}  // namespace

Result<PredictSummary> predict(
    const PredictOptions& options,
    const std::function<Status(const RowPrediction&, std::int64_t total)>& on_row) {
  if (options.batch < 1) return invalid_argument("batch {} is not above 0", options.batch);
  if (options.top && *options.top < 1)
    return invalid_argument("top {} is not above 0", *options.top);
  TERN_ASSIGN_OR_RETURN(Graph graph, load_model(options.model));
  const std::map<std::string, std::string> metadata = graph.metadata;
  Result<Session> session = Session::create(std::move(graph), options.session);
  if (!session.ok()) return std::move(session).status().with_context(options.model);
  TERN_TRY(check_inputs(*session).with_context(options.model));
  TERN_ASSIGN_OR_RETURN(const std::size_t output, find_output(*session, options.output));

  std::vector<std::string> labels = options.labels.empty() ? labels_of(metadata) : options.labels;
  RowChoices choices = options.rows;
  choices.classes = labels;
  TERN_ASSIGN_OR_RETURN(const std::vector<InputRows> inputs,
                        open_all(options, session->inputs()[0], metadata, choices));
  std::int64_t total = 0;
  for (const InputRows& rows : inputs) total += rows.data.size();
  Predictor predictor(options, *session, output, std::move(labels));
  for (const InputRows& rows : inputs) TERN_TRY(predictor.run(rows, total, on_row));
  return predictor.summary();
}

}  // namespace tern::inspect
