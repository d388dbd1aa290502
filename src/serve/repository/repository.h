// Repository: the models that a server has, by name and version, and the state of each.
//
//   Repository repository({.path = "models"}, clock, metrics);
//   TERN_TRY(repository.load_all());
//   TERN_ASSIGN_OR_RETURN(const auto model, repository.find("lenet"));
//
// All methods may be called from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "serve/metrics/metrics.h"
#include "serve/repository/served_model.h"

namespace tern::serve {

enum class VersionPolicy : std::uint8_t {
  kLatest,  // the highest number of every model
  kAll,
};

struct RepositoryOptions {
  /// A model or a folder of models (layout.h).
  std::string path;
  VersionPolicy versions = VersionPolicy::kLatest;
  ServedModelOptions model = {};
};

enum class ModelState : std::uint8_t { kUnloaded, kLoading, kReady, kFailed };
/// "unloaded", "loading", "ready", "failed".
std::string_view to_string(ModelState state);

/// What the repository knows of one version of a model.
struct ModelStatus {
  std::string name;
  std::int64_t version = 1;
  ModelState state = ModelState::kUnloaded;
  std::string reason;                  // of kFailed
  std::shared_ptr<ServedModel> model;  // of kReady
};

class Repository {
 public:
  /// `clock` and `metrics` must outlive the repository and every model found in it.
  Repository(RepositoryOptions options, Clock& clock, Metrics& metrics);
  /// Closes.
  ~Repository();

  /// Reads the folder and loads every model that the policy selects. A model that fails keeps the
  /// others from nothing: the result is the first failure, with the number of further ones, after
  /// all were tried. kNotFound when there is no model.
  Status load_all();

  /// The model in its highest ready version, or in the given one. kNotFound: there is none of that
  /// name or version. kUnavailable: not ready, with the reason, or nothing was looked for yet.
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name,
                                                  std::optional<std::int64_t> version = {}) const;

  /// Every version that load_all() selected, sorted by name and version.
  std::vector<ModelStatus> index() const;
  /// All of them are ready, and there is one.
  bool all_ready() const;

  /// Answers all requests and unloads every model.
  void close();

 private:
  using Versions = std::map<std::int64_t, ModelStatus>;

  Status load(const ModelFile& file);
  /// Returns what stood there before.
  ModelStatus set(ModelStatus status);

  const RepositoryOptions options_;
  Clock& clock_;
  Metrics& metrics_;
  mutable Mutex mu_;
  bool looked_ TERN_GUARDED_BY(mu_) = false;  // models_ has every name
  std::map<std::string, Versions, std::less<>> models_ TERN_GUARDED_BY(mu_);
};

}  // namespace tern::serve
