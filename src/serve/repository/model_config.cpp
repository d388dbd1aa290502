#include "serve/repository/model_config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/errors.h"
#include "base/strings.h"
#include "proto/model_config.pb.h"
#include "serve/repository/message_json.h"

namespace tern::serve {
namespace {

namespace pb = model_config_pb;
using google::protobuf::TextFormat;

// By pb::DataType.
constexpr std::array kTypes{DType::kUndefined, DType::kBool,   DType::kU8,  DType::kU16,
                            DType::kU32,       DType::kU64,    DType::kI8,  DType::kI16,
                            DType::kI32,       DType::kI64,    DType::kF16, DType::kF32,
                            DType::kF64,       DType::kString, DType::kBF16};

DType dtype_of_config(pb::DataType type) {
  const auto index = static_cast<std::size_t>(type);
  return index < kTypes.size() ? kTypes[index] : DType::kUndefined;
}

pb::DataType config_type_of(DType dtype) {
  const auto it = std::ranges::find(kTypes, dtype);
  return it == kTypes.end() ? pb::TYPE_INVALID : static_cast<pb::DataType>(it - kTypes.begin());
}

// The parser tells where it has got to, which may be a line or two behind what it complains about:
// that is in quotes.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(std::string_view text) : lines_(split(text, '\n')) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    constexpr int kLookBack = 3;
    for (int back = 0; back < kLookBack; ++back) {
      if (!complains_about(line - back, message)) continue;
      text_ = back == 0 ? fmt::format("{}:{}: {}", line + 1, column + 1, message)
                        : fmt::format("{}: {}", line - back + 1, message);
      return;
    }
    text_ = fmt::format("{}:{}: {}", line + 1, column + 1, message);
  }
  const std::string& text() const { return text_; }

 private:
  // Whether something that the message quotes stands in the line.
  bool complains_about(int line, std::string_view message) const {
    if (line < 0 || static_cast<std::size_t>(line) >= lines_.size()) return false;
    const std::vector<std::string_view> parts = split(message, '"');
    for (std::size_t i = 1; i < parts.size(); i += 2) {
      if (!parts[i].empty() &&
          lines_[static_cast<std::size_t>(line)].find(parts[i]) != std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

  const std::vector<std::string_view> lines_;
  std::string text_;
};

// Reads a message into a ModelConfig, and tells lines of mistakes where there are lines.
class Reader {
 public:
  Reader(const pb::ModelConfig& message, std::string source, TextFormat::ParseInfoTree* lines)
      : message_(message), source_(std::move(source)), lines_(lines) {}

  Result<ModelConfig> read() {
    ModelConfig config;
    TERN_TRY(refuse_unknown());
    config.name = message_.name();
    if (message_.max_batch_size() < 0) {
      return bad("max_batch_size", -1, "is {}, below 0", message_.max_batch_size());
    }
    config.max_batch_size = message_.max_batch_size();
    for (int i = 0; i < message_.input_size(); ++i) {
      TERN_ASSIGN_OR_RETURN(TensorConfig tensor, read_tensor(message_.input(i), "input", i));
      config.inputs.push_back(std::move(tensor));
    }
    for (int i = 0; i < message_.output_size(); ++i) {
      TERN_ASSIGN_OR_RETURN(TensorConfig tensor, read_tensor(message_.output(i), "output", i));
      tensor.label_filename = message_.output(i).label_filename();
      if (!is_file_name(tensor.label_filename, true)) {
        return bad("output", i, "{}: label_filename '{}' is no name of a file", tensor.name,
                   tensor.label_filename);
      }
      config.outputs.push_back(std::move(tensor));
    }
    TERN_TRY(read_versions(config.versions));
    TERN_TRY(read_instances(config.instances));
    if (!message_.default_model_filename().empty()) {
      config.filename = message_.default_model_filename();
    }
    if (!is_file_name(config.filename, false)) {
      return bad("default_model_filename", -1, "'{}' is no name of a file", config.filename);
    }
    if (message_.has_dynamic_batching()) TERN_TRY(read_batching(config));
    TERN_TRY(read_ensemble(config));
    TERN_TRY(read_warmup(config));
    config.message = std::make_shared<pb::ModelConfig>(message_);
    return config;
  }

 private:
  // "PATH:LINE: FIELD: " before what is wrong.
  std::string where(const char* field, int index) const {
    const auto* descriptor = message_.GetDescriptor()->FindFieldByName(field);
    const std::string name = index < 0 ? field : fmt::format("{} {}", field, index);
    const int line = lines_ == nullptr ? -1 : lines_->GetLocation(descriptor, index).line;
    if (line < 0) return fmt::format("{}: {}", source_, name);
    return fmt::format("{}:{}: {}", source_, line + 1, name);
  }
  template <class... Args>
  Status bad(const char* field, int index, fmt::format_string<Args...> format,
             Args&&... args) const {
    return invalid_argument("{}: {}", where(field, index),
                            fmt::format(format, std::forward<Args>(args)...));
  }
  Status missing(const char* field, std::string_view what) const {
    return unimplemented("{}: {}", where(field, -1), what);
  }

  // Without these the model would give other answers than it is meant to.
  Status refuse_unknown() const {
    const auto& m = message_;
    if (m.has_sequence_batching()) return missing("sequence_batching", "is not supported");
    if (m.batch_input_size() > 0) return missing_at("batch_input");
    if (m.batch_output_size() > 0) return missing_at("batch_output");
    if (m.model_transaction_policy().decoupled()) {
      return missing("model_transaction_policy", "decoupled models are not supported");
    }
    if (m.model_repository_agents().agents_size() > 0) {
      return missing("model_repository_agents", "agents are not supported");
    }
    if (m.model_operations().op_library_filename_size() > 0) {
      return missing("model_operations", "libraries of operators are not supported");
    }
    constexpr std::array<std::string_view, 3> kBackends{"", "onnxruntime", "tern"};
    if (std::ranges::find(kBackends, m.backend()) == kBackends.end() && !is_ensemble()) {
      return missing("backend",
                     fmt::format("'{}' is not there, only onnxruntime and tern", m.backend()));
    }
    constexpr std::array<std::string_view, 4> kPlatforms{"", "onnxruntime_onnx", "tern_onnx",
                                                         "ensemble"};
    if (std::ranges::find(kPlatforms, m.platform()) == kPlatforms.end()) {
      return missing(
          "platform",
          fmt::format("'{}' is not there, only onnxruntime_onnx and ensemble", m.platform()));
    }
    return {};
  }
  Status missing_at(const char* field) const {
    return unimplemented("{}: is not supported", where(field, 0));
  }
  bool is_ensemble() const { return message_.platform() == "ensemble"; }

  // A name within the model's folder: nothing that leads out of it.
  static bool is_file_name(std::string_view name, bool may_be_empty) {
    if (name.empty()) return may_be_empty;
    return name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
  }

  template <class Tensor>
  Result<TensorConfig> read_tensor(const Tensor& tensor, const char* field, int index) const {
    TensorConfig config;
    config.name = tensor.name();
    if (config.name.empty()) return bad(field, index, "has no name");
    config.dtype = dtype_of_config(tensor.data_type());
    config.has_dims = tensor.dims_size() > 0 || tensor.has_reshape();
    config.dims.assign(tensor.dims().begin(), tensor.dims().end());
    for (const std::int64_t dim : config.dims) {
      if (dim < -1) return bad(field, index, "{}: dims has {}, below -1", config.name, dim);
    }
    if constexpr (requires { tensor.optional(); }) {
      if (tensor.optional()) {
        return unimplemented("{}: {}: optional inputs are not supported", where(field, index),
                             config.name);
      }
    }
    if (tensor.has_reshape()) {
      auto& shape =
          config.reshape.emplace(tensor.reshape().shape().begin(), tensor.reshape().shape().end());
      for (const std::int64_t dim : shape) {
        if (dim < -1) return bad(field, index, "{}: reshape has {}, below -1", config.name, dim);
      }
      if (std::ranges::count(shape, -1) != std::ranges::count(config.dims, -1)) {
        return bad(field, index, "{}: dims and reshape have different numbers of open sizes",
                   config.name);
      }
    }
    return config;
  }

  Status read_versions(VersionChoice& choice) const {
    const auto& policy = message_.version_policy();
    if (policy.has_latest()) {
      choice.kind = VersionChoice::Kind::kLatest;
      choice.latest = std::max<std::size_t>(1, policy.latest().num_versions());
    } else if (policy.has_all()) {
      choice.kind = VersionChoice::Kind::kAll;
    } else if (policy.has_specific()) {
      choice.kind = VersionChoice::Kind::kSpecific;
      choice.versions.assign(policy.specific().versions().begin(),
                             policy.specific().versions().end());
      if (choice.versions.empty()) return bad("version_policy", -1, "specific names no version");
    }
    return {};
  }

  // There are no other processors than this one: groups for those count as well.
  Status read_instances(int& instances) const {
    constexpr std::int64_t kMost = 256;
    std::int64_t total = 0;
    for (int i = 0; i < message_.instance_group_size(); ++i) {
      const auto& group = message_.instance_group(i);
      if (group.count() < 0) return bad("instance_group", i, "count is {}", group.count());
      if (!group.passive()) total += std::max(1, group.count());
      if (total > kMost) {
        return bad("instance_group", i, "the groups have {} instances, over {}", total, kMost);
      }
    }
    instances = static_cast<int>(total);
    return {};
  }

  QueuePolicy read_policy(const pb::ModelQueuePolicy& policy) const {
    constexpr std::uint64_t kLongest = 1'000'000ULL * 3600 * 24 * 365;
    return {.timeout = std::chrono::microseconds(
                std::min(policy.default_timeout_microseconds(), kLongest)),
            .reject = policy.timeout_action() == pb::ModelQueuePolicy::REJECT,
            .max_requests = policy.max_queue_size()};
  }

  Status read_batching(ModelConfig& config) const {
    constexpr const char* kField = "dynamic_batching";
    const auto& batching = message_.dynamic_batching();
    DynamicBatching& to = config.dynamic_batching.emplace();
    for (const std::int64_t rows : batching.preferred_batch_size()) {
      if (rows < 1 || rows > config.max_batch_size) {
        return bad(kField, -1, "preferred_batch_size {} is not from 1 to max_batch_size {}", rows,
                   config.max_batch_size);
      }
      to.preferred_rows.push_back(rows);
    }
    std::ranges::sort(to.preferred_rows);
    constexpr std::uint64_t kLongestDelay = 3'600'000'000ULL;
    to.max_delay =
        std::chrono::microseconds(std::min(batching.max_queue_delay_microseconds(), kLongestDelay));
    to.preserve_ordering = batching.preserve_ordering();
    constexpr std::uint64_t kMostLevels = 1'000'000;
    Priorities& priorities = to.priorities;
    priorities.levels = batching.priority_levels();
    priorities.by_default = batching.default_priority_level();
    if (priorities.levels > kMostLevels) {
      return bad(kField, -1, "priority_levels is {}, over {}", priorities.levels, kMostLevels);
    }
    if (priorities.levels > 0 &&
        (priorities.by_default < 1 || priorities.by_default > priorities.levels)) {
      return bad(kField, -1, "default_priority_level {} is not from 1 to priority_levels {}",
                 priorities.by_default, priorities.levels);
    }
    priorities.policy = read_policy(batching.default_queue_policy());
    for (const auto& [level, policy] : batching.priority_queue_policy()) {
      if (level < 1 || level > priorities.levels) {
        return bad(kField, -1, "priority_queue_policy {} is not from 1 to priority_levels {}",
                   level, priorities.levels);
      }
      priorities.policies[level] = read_policy(policy);
    }
    return {};
  }

  Status read_ensemble(ModelConfig& config) const {
    const auto& ensemble = message_.ensemble_scheduling();
    for (const auto& step : ensemble.step()) {
      if (step.model_name().empty()) {
        return bad("ensemble_scheduling", -1, "step {} has no model_name", config.ensemble.size());
      }
      config.ensemble.push_back({.model = step.model_name(),
                                 .version = step.model_version() == 0 ? -1 : step.model_version(),
                                 .inputs = {step.input_map().begin(), step.input_map().end()},
                                 .outputs = {step.output_map().begin(), step.output_map().end()}});
    }
    if (message_.has_ensemble_scheduling() && config.ensemble.empty()) {
      return bad("ensemble_scheduling", -1, "has no step");
    }
    if (is_ensemble() && config.ensemble.empty()) {
      return bad("platform", -1, "an ensemble needs ensemble_scheduling");
    }
    return {};
  }

  Status read_warmup(ModelConfig& config) const {
    constexpr std::uint32_t kMostRuns = 10'000;
    for (int i = 0; i < message_.model_warmup_size(); ++i) {
      const auto& sample = message_.model_warmup(i);
      WarmupSample to{.name = sample.name(),
                      .rows = std::max<std::int64_t>(1, sample.batch_size()),
                      .count = std::max<std::int64_t>(1, sample.count())};
      if (to.rows > std::max<std::int64_t>(1, config.max_batch_size)) {
        return bad("model_warmup", i, "batch_size {} is over max_batch_size {}", to.rows,
                   config.max_batch_size);
      }
      if (sample.count() > kMostRuns) {
        return bad("model_warmup", i, "count {} is over {}", sample.count(), kMostRuns);
      }
      for (const auto& [name, input] : sample.inputs()) {
        WarmupSample::Input& data = to.inputs[name];
        data.dtype = dtype_of_config(input.data_type());
        data.dims.assign(input.dims().begin(), input.dims().end());
        if (std::ranges::any_of(data.dims, [](std::int64_t dim) { return dim < 0; })) {
          return bad("model_warmup", i, "{}: dims are not all 0 or more", name);
        }
        if (input.has_random_data()) data.source = WarmupSample::Source::kRandom;
        if (!input.has_input_data_file()) continue;
        data.source = WarmupSample::Source::kFile;
        data.file = input.input_data_file();
        if (!is_file_name(data.file, false)) {
          return bad("model_warmup", i, "{}: '{}' is no name of a file", name, data.file);
        }
      }
      config.warmup.push_back(std::move(to));
    }
    return {};
  }

  const pb::ModelConfig& message_;
  const std::string source_;
  TextFormat::ParseInfoTree* const lines_;
};

// Sizes of an input or output as a config has them.
template <class Tensor>
void complete_tensor(Tensor& tensor, const IoInfo& info, bool rows) {
  if (tensor.name().empty()) tensor.set_name(info.name);
  if (tensor.data_type() == pb::TYPE_INVALID) {
    tensor.set_data_type(config_type_of(info.type.dtype));
  }
  if (tensor.dims_size() > 0 || tensor.has_reshape()) return;
  for (std::size_t i = rows ? 1 : 0; i < info.type.shape.size(); ++i) {
    const Dim& dim = info.type.shape[i];
    tensor.add_dims(dim.known() ? dim.value() : -1);
  }
}

template <class Tensors>
void complete_tensors(Tensors& tensors, std::span<const IoInfo> infos, bool rows) {
  for (const IoInfo& info : infos) {
    const auto it = std::ranges::find_if(
        tensors, [&](const auto& tensor) { return tensor.name() == info.name; });
    complete_tensor(it == tensors.end() ? *tensors.Add() : *it, info, rows);
  }
}

}  // namespace

bool ModelConfig::says_batching() const {
  const auto has_dims = [](const TensorConfig& tensor) { return tensor.has_dims; };
  return max_batch_size > 0 || dynamic_batching || std::ranges::any_of(inputs, has_dims) ||
         std::ranges::any_of(outputs, has_dims);
}

Result<ModelConfig> parse_model_config(std::string_view text, const std::string& path) {
  pb::ModelConfig message;
  FirstError error(text);
  TextFormat::ParseInfoTree lines;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&lines);
  constexpr int kMaxDepth = 32;
  parser.SetRecursionLimit(kMaxDepth);
  if (!parser.ParseFromString(std::string(text), &message)) {
    return invalid_argument("{}:{}", path, error.text().empty() ? " is no text" : error.text());
  }
  return Reader(message, path, &lines).read();
}

Result<ModelConfig> parse_model_config_json(std::string_view json, const std::string& source) {
  pb::ModelConfig message;
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), &message);
  if (!status.ok()) {
    // Lines that show the place in the text follow.
    const std::string_view message(status.message().data(), status.message().size());
    return invalid_argument("{}: {}", source, message.substr(0, message.find('\n')));
  }
  return Reader(message, source, nullptr).read();
}

std::string write_model_config(const ModelConfig* config, const std::string& name,
                               std::span<const IoInfo> inputs, std::span<const IoInfo> outputs,
                               std::int64_t max_rows, int instances) {
  pb::ModelConfig message;
  if (config != nullptr && config->message != nullptr) {
    message = *config->message;
  } else {
    message.set_max_batch_size(static_cast<std::int32_t>(max_rows));
    if (max_rows > 0) message.mutable_dynamic_batching();
  }
  message.set_name(name);
  const bool ensemble = message.has_ensemble_scheduling();
  if (message.platform().empty()) message.set_platform(ensemble ? "ensemble" : "tern_onnx");
  if (message.backend().empty() && !ensemble) message.set_backend("tern");
  if (message.default_model_filename().empty() && !ensemble) {
    message.set_default_model_filename("model.onnx");
  }
  if (!message.version_policy().has_latest() && !message.version_policy().has_all() &&
      !message.version_policy().has_specific()) {
    message.mutable_version_policy()->mutable_latest()->set_num_versions(1);
  }
  if (message.instance_group_size() == 0 && !ensemble) {
    auto& group = *message.add_instance_group();
    group.set_name(name + "_0");
    group.set_kind(pb::ModelInstanceGroup::KIND_CPU);
    group.set_count(instances);
  }
  const bool rows = message.max_batch_size() > 0;
  complete_tensors(*message.mutable_input(), inputs, rows);
  complete_tensors(*message.mutable_output(), outputs, rows);
  return message_json(message);
}

}  // namespace tern::serve
