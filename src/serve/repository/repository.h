// Repository: the models that a server has, by name and version, and the state of each.
//
//   Repository repository({.path = "models"}, clock, metrics);
//   TERN_TRY(repository.load_all());
//   TERN_ASSIGN_OR_RETURN(const auto model, repository.find("lenet"));
//
// A version that is loaded takes the place of another only when it is ready: until then, and when
// it fails, the other goes on serving. All methods may be called from any thread; loading is done
// by one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
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

/// What decides which models are loaded.
enum class ModelControl : std::uint8_t {
  kNone,      // all that are there when the server starts
  kPoll,      // all that are there: the folder is looked at again and again
  kExplicit,  // those named at the start, and then clients
};

struct RepositoryOptions {
  /// A model or a folder of models (layout.h).
  std::string path;
  /// Of models whose configuration does not say.
  VersionPolicy versions = VersionPolicy::kLatest;
  ModelControl control = ModelControl::kNone;
  /// Of kExplicit: what is loaded at the start; "*" is all.
  std::vector<std::string> startup;
  /// Of kPoll: the time between two looks.
  std::chrono::milliseconds poll{15'000};
  /// A model is loaded when the first request for it comes.
  bool lazy = false;
  /// Of a lazy model: how long a request waits for it to be loaded.
  std::chrono::milliseconds load_wait{30'000};
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
  std::string reason;                  // of kFailed; of kReady, why the file's newer state is not
  std::shared_ptr<ServedModel> model;  // of kReady
};

class Repository {
 public:
  using Found = std::function<void(Result<std::shared_ptr<const ServedModel>>)>;

  /// `clock` and `metrics` must outlive the repository and every model found in it.
  Repository(RepositoryOptions options, Clock& clock, Metrics& metrics);
  /// Closes.
  ~Repository();

  /// Reads the folder and loads the models that are to be there from the start. A model that fails
  /// keeps the others from nothing: the result is the first failure, with the number of further
  /// ones, after all were tried. kNotFound when there is no model, unless some may come later.
  Status load_all();

  /// The model in its highest ready version, or in the given one. kNotFound: there is none of that
  /// name or version. kUnavailable: not ready, with the reason, or nothing was looked for yet.
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name,
                                                  std::optional<std::int64_t> version = {}) const;
  /// The same, but a model that waits for its first request is loaded for it: `found` is called
  /// once, now or by another thread when that is done. kResourceExhausted: too many wait already.
  /// kUnavailable: it takes longer than options.load_wait.
  void find_or_load(const std::string& name, std::optional<std::int64_t> version, Found found);

  /// Loads what the folder has of a model now, of kExplicit; with `config`, JSON, in place of its
  /// configuration. Versions that have not changed stay as they are. kNotFound, or the failure, in
  /// which case what served before goes on.
  Status load(const std::string& name, const std::optional<std::string>& config = {});
  /// Answers what was asked, and lets the model's memory go, of kExplicit. kNotFound.
  Status unload(const std::string& name);
  /// Looks at the folder again, as kPoll does by itself: loads what is new or has changed and
  /// unloads what is gone. The first failure.
  Status poll();

  /// Every version that is known, sorted by name and version.
  std::vector<ModelStatus> index() const;
  /// All of them are ready, and there is one.
  bool all_ready() const;

  /// Answers all requests and unloads every model.
  void close();

 private:
  using Versions = std::map<std::int64_t, ModelStatus>;
  struct Entry {
    Versions versions;
    std::map<std::int64_t, std::string> stamps;  // of the files that the versions were loaded from
    std::string stamp;                           // of the folder when it was looked at
    bool overridden = false;                     // loaded with a client's configuration
  };
  struct Waiter {
    std::optional<std::int64_t> version;
    Found found;
    Clock::TimePoint until;
  };

  Result<std::vector<ModelFolder>> look() const;
  void note(const ModelFolder& folder) TERN_EXCLUDES(mu_);
  bool starts(const std::string& name) const;
  std::vector<ModelFile> selected(const ModelFolder& folder) const;
  Status load_folder(const ModelFolder& folder, bool overridden = false);
  Result<std::shared_ptr<ServedModel>> load_version(const ModelFile& file, bool serving);
  void remove(const std::string& name, bool forget);
  void work(const std::stop_token& stop);
  void load_waited_for(const std::string& name);
  void watch_waiters();
  Result<std::shared_ptr<const ServedModel>> find_locked(std::string_view name,
                                                         std::optional<std::int64_t> version) const
      TERN_REQUIRES(mu_);

  RepositoryOptions options_;
  Clock& clock_;
  Metrics& metrics_;
  Mutex loading_;  // held while models are loaded or unloaded; before mu_
  mutable Mutex mu_;
  CondVar changed_;
  bool looked_ TERN_GUARDED_BY(mu_) = false;  // models_ has every name
  bool closed_ TERN_GUARDED_BY(mu_) = false;
  std::map<std::string, Entry, std::less<>> models_ TERN_GUARDED_BY(mu_);
  std::map<std::string, std::vector<Waiter>, std::less<>> waiters_ TERN_GUARDED_BY(mu_);
  std::deque<std::string> wanted_ TERN_GUARDED_BY(mu_);
  std::jthread worker_;
  std::jthread waiter_watch_;
};

}  // namespace tern::serve
