#include "serve/repository/repository.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"

namespace tern::serve {
namespace {

// Requests that may wait for one model to be loaded.
constexpr std::size_t kMaxWaiters = 1024;

Status why_not_ready(const ModelStatus& status) {
  if (status.state == ModelState::kFailed) {
    return unavailable("model {} version {} failed to load: {}", status.name, status.version,
                       status.reason);
  }
  return unavailable("model {} version {} is {}", status.name, status.version,
                     to_string(status.state));
}

// The first failure and the number of further ones.
class Failures {
 public:
  void add(Status status) {
    if (status.ok()) return;
    if (first_.ok()) {
      first_ = std::move(status);
    } else {
      ++further_;
    }
  }
  Status result(std::size_t models) && {
    if (further_ == 0) return std::move(first_);
    return Status(first_.code(), fmt::format("{} (and {} more of {} models failed)",
                                             first_.message(), further_, models));
  }

 private:
  Status first_;
  std::size_t further_ = 0;
};

void close_model(const std::shared_ptr<ServedModel>& model, bool gone) {
  if (model == nullptr) return;
  model->close();
  if (gone) model->metrics().unloaded();
}

// Freed memory that the C library keeps goes back to the system.
void return_memory() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
}

}  // namespace

std::string_view to_string(ModelState state) {
  switch (state) {
    case ModelState::kUnloaded: return "unloaded";
    case ModelState::kLoading: return "loading";
    case ModelState::kReady: return "ready";
    case ModelState::kFailed: return "failed";
  }
  return "?";
}

Repository::Repository(RepositoryOptions options, Clock& clock, Metrics& metrics)
    : options_(std::move(options)), clock_(clock), metrics_(metrics) {
  options_.model.find_model = [this](const std::string& name, std::int64_t version) {
    return find(name, version < 0 ? std::nullopt : std::optional(version));
  };
}

Repository::~Repository() { close(); }

// A folder may be empty where models come later.
Result<std::vector<ModelFolder>> Repository::look() const {
  Result<std::vector<ModelFolder>> folders = find_models(options_.path);
  if (folders.ok() || options_.control == ModelControl::kNone) return folders;
  if (folders.status().code() != StatusCode::kNotFound || !is_directory(options_.path)) {
    return folders;
  }
  return std::vector<ModelFolder>();
}

bool Repository::starts(const std::string& name) const {
  if (options_.lazy) return false;
  if (options_.control != ModelControl::kExplicit) return true;
  return std::ranges::any_of(options_.startup,
                             [&](const std::string& s) { return s == "*" || s == name; });
}

Status Repository::load_all() {
  const MutexLock loading(loading_);
  TERN_ASSIGN_OR_RETURN(const std::vector<ModelFolder> folders, look());
  for (const ModelFolder& folder : folders) note(folder);
  for (const std::string& name : options_.startup) {
    if (name == "*" || std::ranges::find(folders, name, &ModelFolder::name) != folders.end()) {
      continue;
    }
    return not_found("{}: there is no model '{}'", options_.path, name);
  }
  {
    const MutexLock lock(mu_);
    looked_ = true;
  }
  // Ensembles after the models that they are made of.
  Failures failures;
  for (const bool ensembles : {false, true}) {
    for (const ModelFolder& folder : folders) {
      const bool is_ensemble = folder.config != nullptr && !folder.config->ensemble.empty();
      if (is_ensemble == ensembles && starts(folder.name)) failures.add(load_folder(folder));
    }
  }
  if ((options_.lazy || options_.control == ModelControl::kPoll) && !worker_.joinable()) {
    worker_ = std::jthread([this](std::stop_token stop) { work(stop); });
    if (options_.lazy) waiter_watch_ = std::jthread([this] { watch_waiters(); });
  }
  return std::move(failures).result(folders.size());
}

// The versions that the folder's policy selects are known from now on.
void Repository::note(const ModelFolder& folder) {
  const std::vector<ModelFile> files = selected(folder);
  const MutexLock lock(mu_);
  Entry& entry = models_[folder.name];
  for (const ModelFile& file : files) {
    entry.versions.try_emplace(file.version,
                               ModelStatus{.name = folder.name, .version = file.version});
  }
  if (entry.versions.empty()) {  // a name that can be asked for, and a reason
    entry.versions[1] = {.name = folder.name, .version = 1};
  }
}

std::vector<ModelFile> Repository::selected(const ModelFolder& folder) const {
  VersionChoice choice;
  if (folder.config != nullptr) choice = folder.config->versions;
  using Kind = VersionChoice::Kind;
  if (choice.kind == Kind::kServer) {
    choice.kind = options_.versions == VersionPolicy::kAll ? Kind::kAll : Kind::kLatest;
  }
  const std::vector<ModelFile>& all = folder.versions;
  if (choice.kind == Kind::kAll) return all;
  if (choice.kind == Kind::kLatest) {
    const std::size_t count = std::min(choice.latest, all.size());
    return {all.end() - static_cast<std::ptrdiff_t>(count), all.end()};
  }
  std::vector<ModelFile> some;
  for (const ModelFile& file : all) {
    if (std::ranges::find(choice.versions, file.version) != choice.versions.end()) {
      some.push_back(file);
    }
  }
  return some;
}

// Brings the model's versions to what the folder says. What served before goes on when what should
// take its place fails.
Status Repository::load_folder(const ModelFolder& folder, bool overridden) {
  std::vector<ModelFile> files = selected(folder);
  Status status = folder.status;
  if (status.ok() && files.empty()) {
    status =
        not_found("model {} has none of the versions that its version_policy names", folder.name);
  }
  bool same_config = false;  // as that which the versions in place were loaded with
  {
    const MutexLock lock(mu_);
    Entry& entry = models_[folder.name];
    same_config = !overridden && !entry.overridden && entry.stamp == folder.stamp;
    entry.stamp = folder.stamp;
    if (!status.ok()) {
      log_error("model {}: {}", folder.name, status.message());
      if (files.empty() && !entry.versions.empty()) {
        for (auto& [version, known] : entry.versions) {
          if (known.model == nullptr) known.state = ModelState::kFailed;
          known.reason = status.message();
        }
      }
    }
  }
  if (!status.ok()) {
    const MutexLock lock(mu_);
    for (const ModelFile& file : files) {
      ModelStatus& known = models_[folder.name].versions[file.version];
      known.name = file.name;
      known.version = file.version;
      if (known.model == nullptr) known.state = ModelState::kFailed;
      known.reason = status.message();
    }
    return status;
  }
  Failures failures;
  std::vector<std::shared_ptr<ServedModel>> replaced;
  bool all_ready = true;
  for (const ModelFile& file : files) {
    bool serving = false;  // an earlier state of the file
    {
      const MutexLock lock(mu_);
      Entry& entry = models_[folder.name];
      ModelStatus& known = entry.versions[file.version];
      serving = known.model != nullptr;
      if (known.state == ModelState::kReady && same_config &&
          entry.stamps[file.version] == file.stamp) {
        continue;
      }
      known.name = file.name;
      known.version = file.version;
      if (known.model == nullptr) known.state = ModelState::kLoading;
    }
    Result<std::shared_ptr<ServedModel>> model = load_version(file, serving);
    const MutexLock lock(mu_);
    Entry& entry = models_[folder.name];
    ModelStatus& known = entry.versions[file.version];
    if (model.ok()) {
      replaced.push_back(std::exchange(known.model, *model));
      known.state = ModelState::kReady;
      known.reason.clear();
      entry.stamps[file.version] = file.stamp;
      entry.overridden = overridden;
    } else {
      all_ready = false;
      if (known.model == nullptr) known.state = ModelState::kFailed;
      known.reason = model.status().message();
      failures.add(model.status());
    }
  }
  std::vector<std::shared_ptr<ServedModel>> removed;
  if (all_ready) {  // versions that are not selected any more
    const MutexLock lock(mu_);
    Entry& entry = models_[folder.name];
    std::erase_if(entry.versions, [&](auto& version) {
      if (std::ranges::find(files, version.first, &ModelFile::version) != files.end()) return false;
      removed.push_back(version.second.model);
      entry.stamps.erase(version.first);
      return true;
    });
  }
  for (const auto& model : replaced) close_model(model, false);
  for (const auto& model : removed) close_model(model, true);
  const bool any = !removed.empty() || std::ranges::any_of(replaced, [](const auto& model) {
    return model != nullptr;
  });
  replaced.clear();
  removed.clear();
  if (any) return_memory();
  return std::move(failures).result(files.size());
}

Result<std::shared_ptr<ServedModel>> Repository::load_version(const ModelFile& file, bool serving) {
  const ModelMetrics metrics(metrics_, file.name, std::to_string(file.version));
  const Clock::TimePoint began = clock_.now();
  Result<std::shared_ptr<ServedModel>> model =
      ServedModel::load(file, options_.model, clock_, metrics);
  const Clock::Duration took = clock_.now() - began;
  if (model.ok() || !serving) metrics.loaded(model.ok(), took);
  if (!model.ok()) {
    log_error("model {} version {}: {}", file.name, file.version, model.status().message());
  } else {
    log_info("model {} version {} is ready after {}", file.name, file.version,
             format_duration(took));
  }
  return model;
}

Result<std::shared_ptr<const ServedModel>> Repository::find(
    std::string_view name, std::optional<std::int64_t> version) const {
  const MutexLock lock(mu_);
  return find_locked(name, version);
}

Result<std::shared_ptr<const ServedModel>> Repository::find_locked(
    std::string_view name, std::optional<std::int64_t> version) const {
  const auto entry = models_.find(name);
  if (entry == models_.end()) {
    if (!looked_) return unavailable("model {} may be about to load", name);
    return not_found("there is no model '{}'", name);
  }
  const Versions& versions = entry->second.versions;
  if (version) {
    const auto it = versions.find(*version);
    if (it == versions.end()) {
      std::vector<std::string> known;
      for (const auto& [number, status] : versions) known.push_back(std::to_string(number));
      return not_found("model {} has no version {}, only {}", name, *version, join(known, ", "));
    }
    if (it->second.model == nullptr) return why_not_ready(it->second);
    return std::shared_ptr<const ServedModel>(it->second.model);
  }
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (it->second.model == nullptr) continue;
    return std::shared_ptr<const ServedModel>(it->second.model);
  }
  if (versions.empty()) return unavailable("model {} has no version", name);
  return why_not_ready(versions.rbegin()->second);
}

void Repository::find_or_load(const std::string& name, std::optional<std::int64_t> version,
                              Found found) {
  Result<std::shared_ptr<const ServedModel>> model = not_found("{}", name);
  {
    const MutexLock lock(mu_);
    model = find_locked(name, version);
    const bool waits = options_.lazy && looked_ && !closed_ && !model.ok() &&
                       model.status().code() == StatusCode::kUnavailable;
    if (waits) {
      const Versions& versions = models_.find(name)->second.versions;
      const bool failed = std::ranges::any_of(
          versions, [](const auto& known) { return known.second.state == ModelState::kFailed; });
      std::vector<Waiter>& waiters = waiters_[name];
      if (!failed && waiters.size() < kMaxWaiters) {
        if (waiters.empty()) wanted_.push_back(name);
        waiters.push_back({version, std::move(found), clock_.now() + options_.load_wait});
        changed_.notify_all();
        return;
      }
      if (!failed) {
        model =
            resource_exhausted("{} requests wait for model {} to be loaded", waiters.size(), name);
      }
    }
  }
  found(std::move(model));
}

Status Repository::load(const std::string& name, const std::optional<std::string>& config) {
  if (options_.control != ModelControl::kExplicit) {
    return failed_precondition("models are loaded by clients in explicit control mode only");
  }
  const MutexLock loading(loading_);
  TERN_ASSIGN_OR_RETURN(const std::vector<ModelFolder> folders, look());
  const auto folder = std::ranges::find(folders, name, &ModelFolder::name);
  if (folder == folders.end()) {
    return not_found("failed to load '{}': there is no such model in the repository", name);
  }
  if (!config) return load_folder(*folder).with_context(fmt::format("failed to load '{}'", name));
  TERN_ASSIGN_OR_RETURN(ModelConfig parsed, parse_model_config_json(*config, "config"));
  return load_folder(with_config(*folder, std::move(parsed)), true)
      .with_context(fmt::format("failed to load '{}'", name));
}

Status Repository::unload(const std::string& name) {
  if (options_.control != ModelControl::kExplicit) {
    return failed_precondition("models are unloaded by clients in explicit control mode only");
  }
  const MutexLock loading(loading_);
  {
    const MutexLock lock(mu_);
    if (!models_.contains(name)) return not_found("there is no model '{}'", name);
  }
  remove(name, false);
  return {};
}

// Unloads all versions of a model, and forgets its name when it is gone.
void Repository::remove(const std::string& name, bool forget) {
  std::vector<std::shared_ptr<ServedModel>> models;
  {
    const MutexLock lock(mu_);
    const auto entry = models_.find(name);
    if (entry == models_.end()) return;
    for (auto& [version, status] : entry->second.versions) {
      models.push_back(std::exchange(status.model, nullptr));
      status.state = ModelState::kUnloaded;
      status.reason.clear();
    }
    entry->second.stamps.clear();
    entry->second.stamp.clear();
    entry->second.overridden = false;
    if (forget) models_.erase(entry);
  }
  for (const auto& model : models) close_model(model, true);
  models.clear();
  return_memory();
  log_info("model {} is unloaded", name);
}

Status Repository::poll() {
  const MutexLock loading(loading_);
  const Result<std::vector<ModelFolder>> found = look();
  if (!found.ok()) {  // what is loaded goes on
    log_error("looking for models again: {}", found.status().message());
    return found.status();
  }
  const std::vector<ModelFolder>& folders = *found;
  Failures failures;
  for (const ModelFolder& folder : folders) {
    bool changed = false;
    bool loaded = false;
    {
      const MutexLock lock(mu_);
      const auto entry = models_.find(folder.name);
      changed = entry == models_.end() || entry->second.stamp != folder.stamp;
      loaded = entry != models_.end() && !entry->second.stamp.empty();
    }
    if (!changed) continue;
    note(folder);
    if (options_.lazy && !loaded) continue;
    failures.add(load_folder(folder));
  }
  std::vector<std::string> gone;
  {
    const MutexLock lock(mu_);
    for (const auto& [name, entry] : models_) {
      if (std::ranges::find(folders, name, &ModelFolder::name) == folders.end()) {
        gone.push_back(name);
      }
    }
  }
  for (const std::string& name : gone) remove(name, true);
  return std::move(failures).result(folders.size());
}

// Loads what requests wait for, and looks at the folder from time to time.
void Repository::work(const std::stop_token& stop) {
  const bool polls = options_.control == ModelControl::kPoll;
  Clock::TimePoint next_poll = clock_.now() + options_.poll;
  while (!stop.stop_requested()) {
    std::optional<std::string> wanted;
    {
      const MutexLock lock(mu_);
      while (wanted_.empty() && !closed_ && !(polls && clock_.now() >= next_poll)) {
        if (polls) {
          clock_.wait_until(changed_, mu_, next_poll);
        } else {
          changed_.wait(mu_);
        }
      }
      if (closed_) return;
      if (!wanted_.empty()) {
        wanted = std::move(wanted_.front());
        wanted_.pop_front();
      }
    }
    if (wanted) {
      load_waited_for(*wanted);
      continue;
    }
    (void)poll();  // has logged what is wrong
    next_poll = clock_.now() + options_.poll;
  }
}

void Repository::load_waited_for(const std::string& name) {
  {
    const MutexLock loading(loading_);
    const Result<std::vector<ModelFolder>> folders = look();
    if (folders.ok()) {
      const auto folder = std::ranges::find(*folders, name, &ModelFolder::name);
      if (folder != folders->end()) (void)load_folder(*folder);  // has logged what is wrong
    } else {
      log_error("loading model {}: {}", name, folders.status().message());
    }
  }
  std::vector<Waiter> waiters;
  {
    const MutexLock lock(mu_);
    waiters = std::exchange(waiters_[name], {});
  }
  for (Waiter& waiter : waiters) waiter.found(find(name, waiter.version));
}

// Answers those that have waited for long enough.
void Repository::watch_waiters() {
  while (true) {
    std::vector<std::pair<std::string, Waiter>> late;
    {
      const MutexLock lock(mu_);
      while (late.empty()) {
        if (closed_) return;
        const Clock::TimePoint now = clock_.now();
        Clock::TimePoint next = Clock::TimePoint::max();
        for (auto& [name, waiters] : waiters_) {
          std::erase_if(waiters, [&](Waiter& waiter) {
            if (waiter.until > now) {
              next = std::min(next, waiter.until);
              return false;
            }
            late.emplace_back(name, std::move(waiter));
            return true;
          });
        }
        if (!late.empty()) break;
        if (next == Clock::TimePoint::max()) {
          changed_.wait(mu_);
        } else {
          clock_.wait_until(changed_, mu_, next);
        }
      }
    }
    for (auto& [name, waiter] : late) {
      waiter.found(unavailable("model {} is still being loaded", name));
    }
  }
}

std::vector<ModelStatus> Repository::index() const {
  const MutexLock lock(mu_);
  std::vector<ModelStatus> all;
  for (const auto& [name, entry] : models_) {
    for (const auto& [version, status] : entry.versions) all.push_back(status);
  }
  return all;
}

bool Repository::all_ready() const {
  const std::vector<ModelStatus> all = index();
  return !all.empty() && std::ranges::all_of(all, [](const ModelStatus& status) {
    return status.state == ModelState::kReady;
  });
}

void Repository::close() {
  std::vector<Waiter> waiters;
  {
    const MutexLock lock(mu_);
    closed_ = true;
    wanted_.clear();
    for (auto& [name, waiting] : waiters_) std::ranges::move(waiting, std::back_inserter(waiters));
    waiters_.clear();
    changed_.notify_all();
  }
  if (worker_.joinable()) {
    worker_.request_stop();
    worker_.join();
  }
  if (waiter_watch_.joinable()) waiter_watch_.join();
  for (Waiter& waiter : waiters) waiter.found(unavailable("the server is stopping"));
  const MutexLock loading(loading_);
  // Ensembles first: their steps need the other models.
  std::vector<std::shared_ptr<ServedModel>> models;
  {
    const MutexLock lock(mu_);
    for (auto& [name, entry] : models_) {
      for (auto& [version, status] : entry.versions) {
        if (status.model != nullptr && status.model->is_ensemble()) models.push_back(status.model);
      }
    }
  }
  for (const auto& model : models) close_model(model, true);
  models.clear();
  {
    const MutexLock lock(mu_);
    for (auto& [name, entry] : models_) {
      for (auto& [version, status] : entry.versions) {
        if (status.model == nullptr) continue;
        models.push_back(std::exchange(status.model, nullptr));
        status = {.name = status.name, .version = version};
      }
    }
  }
  for (const auto& model : models) close_model(model, true);
}

}  // namespace tern::serve
