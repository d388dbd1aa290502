// ModelConfig: what a file config.pbtxt in a model's folder says of it, as Triton has it: limits of
// batches, tensors as clients see them, versions, instances, queue, warm-up. Without the file
// everything follows from the model.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/batch/queue_policy.h"
#include "tern/dtype.h"
#include "tern/session.h"
#include "tern/status.h"

namespace tern::model_config_pb {
class ModelConfig;
}  // namespace tern::model_config_pb

namespace tern::serve {

/// An input or output as clients see it.
struct TensorConfig {
  std::string name;
  DType dtype = DType::kUndefined;  ///< kUndefined: as the model has it
  bool has_dims = false;            ///< else as the model has them
  /// -1: open. Without the axis of rows when max_batch_size is above 0.
  std::vector<std::int64_t> dims;
  /// The sizes that the model sees in place of dims; as many elements, open sizes in equal order.
  std::optional<std::vector<std::int64_t>> reshape;
  std::string label_filename;  ///< of an output: names of its classes, one a line
};

struct DynamicBatching {
  std::vector<std::int64_t> preferred_rows;
  std::chrono::microseconds max_delay{0};  ///< 0: the server's own
  bool preserve_ordering = false;
  Priorities priorities;
};

/// Which versions in a model's folder are served.
struct VersionChoice {
  enum class Kind : std::uint8_t { kServer, kLatest, kAll, kSpecific };
  Kind kind = Kind::kServer;  ///< kServer: as the server's own option says
  std::size_t latest = 1;     ///< so many of the highest
  std::vector<std::int64_t> versions;
};

/// A request that is run before the model serves others.
struct WarmupSample {
  enum class Source : std::uint8_t { kZero, kRandom, kFile };
  struct Input {
    DType dtype = DType::kUndefined;
    std::vector<std::int64_t> dims;  ///< without the axis of rows
    Source source = Source::kZero;
    std::string file;  ///< in the folder warmup/, elements in binary form
  };
  std::string name;
  std::int64_t rows = 1;  ///< with max_batch_size above 0
  std::int64_t count = 1;
  std::map<std::string, Input> inputs;
};

/// A model in an ensemble: maps go from its own tensors' names to names within the ensemble.
struct EnsembleStep {
  std::string model;
  std::int64_t version = -1;  ///< -1: the latest
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> outputs;
};

struct ModelConfig {
  std::string name;  ///< "" or the name of the folder
  /// Rows of a request and of a batch; 0: tensors have no axis of rows, and requests run alone.
  std::int64_t max_batch_size = 0;
  std::vector<TensorConfig> inputs;
  std::vector<TensorConfig> outputs;
  VersionChoice versions;
  int instances = 0;  ///< 0: the server's own
  std::string filename = "model.onnx";
  std::optional<DynamicBatching> dynamic_batching;
  std::vector<EnsembleStep> ensemble;  ///< not empty: the model is these steps
  std::vector<WarmupSample> warmup;

  /// The whole message.
  std::shared_ptr<const model_config_pb::ModelConfig> message;

  /// Whether it says how rows are counted and joined: otherwise that follows from the model.
  bool says_batching() const;
};

/// Reads protobuf's text form. `path` is for messages: kInvalidArgument begins with
/// "PATH:LINE:COLUMN: " or "PATH:LINE: FIELD: ". kUnimplemented: what would change answers and is
/// not there (sequence batching, other backends, ...).
Result<ModelConfig> parse_model_config(std::string_view text, const std::string& path);

/// The same from JSON, as a client may send it when it loads a model.
Result<ModelConfig> parse_model_config_json(std::string_view json, const std::string& source);

/// The configuration of a model in JSON, as Triton's clients read it: `config`, or null when there
/// is no file, with what it leaves out taken from the model.
std::string write_model_config(const ModelConfig* config, const std::string& name,
                               std::span<const IoInfo> inputs, std::span<const IoInfo> outputs,
                               std::int64_t max_rows, int instances);

}  // namespace tern::serve
