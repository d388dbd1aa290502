#include "serve/repository/repository.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/log.h"
#include "base/strings.h"

namespace tern::serve {
namespace {

Status why_not_ready(const ModelStatus& status) {
  if (status.state == ModelState::kFailed) {
    return unavailable("model {} version {} failed to load: {}", status.name, status.version,
                       status.reason);
  }
  return unavailable("model {} version {} is {}", status.name, status.version,
                     to_string(status.state));
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
    : options_(std::move(options)), clock_(clock), metrics_(metrics) {}

Repository::~Repository() { close(); }

Status Repository::load_all() {
  TERN_ASSIGN_OR_RETURN(std::vector<ModelFile> files, find_models(options_.path));
  if (options_.versions == VersionPolicy::kLatest) {
    std::vector<ModelFile> latest;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (i + 1 == files.size() || files[i + 1].name != files[i].name) {
        latest.push_back(std::move(files[i]));
      }
    }
    files = std::move(latest);
  }
  {
    const MutexLock lock(mu_);
    for (const ModelFile& file : files) {
      models_[file.name].try_emplace(file.version,
                                     ModelStatus{.name = file.name, .version = file.version});
    }
    looked_ = true;
  }
  Status first;
  std::size_t further = 0;
  for (const ModelFile& file : files) {
    Status status = load(file);
    if (status.ok()) continue;
    if (first.ok()) {
      first = std::move(status);
    } else {
      ++further;
    }
  }
  if (further == 0) return first;
  return Status(first.code(), fmt::format("{} (and {} more of {} models failed)", first.message(),
                                          further, files.size()));
}

Status Repository::load(const ModelFile& file) {
  ModelStatus status{.name = file.name, .version = file.version, .state = ModelState::kLoading};
  const std::shared_ptr<ServedModel> previous = set(status).model;
  if (previous != nullptr) previous->close();
  const ModelMetrics metrics(metrics_, file.name, std::to_string(file.version));
  const Clock::TimePoint began = clock_.now();
  Result<std::shared_ptr<ServedModel>> model =
      ServedModel::load(file, options_.model, clock_, metrics);
  const Clock::Duration took = clock_.now() - began;
  metrics.loaded(model.ok(), took);
  if (!model.ok()) {
    log_error("model {} version {}: {}", file.name, file.version, model.status().message());
    status.state = ModelState::kFailed;
    status.reason = model.status().message();
  } else {
    log_info("model {} version {} is ready after {}", file.name, file.version,
             format_duration(took));
    status.state = ModelState::kReady;
    status.model = *model;
  }
  (void)set(std::move(status));
  return model.status();
}

ModelStatus Repository::set(ModelStatus status) {
  const MutexLock lock(mu_);
  ModelStatus& entry = models_[status.name][status.version];
  return std::exchange(entry, std::move(status));
}

Result<std::shared_ptr<const ServedModel>> Repository::find(
    std::string_view name, std::optional<std::int64_t> version) const {
  const MutexLock lock(mu_);
  const auto versions = models_.find(name);
  if (versions == models_.end()) {
    if (!looked_) return unavailable("model {} may be about to load", name);
    return not_found("there is no model '{}'", name);
  }
  if (version) {
    const auto it = versions->second.find(*version);
    if (it == versions->second.end()) {
      std::vector<std::string> known;
      for (const auto& [number, status] : versions->second) {
        known.push_back(std::to_string(number));
      }
      return not_found("model {} has no version {}, only {}", name, *version, join(known, ", "));
    }
    if (it->second.model == nullptr) return why_not_ready(it->second);
    return std::shared_ptr<const ServedModel>(it->second.model);
  }
  for (auto it = versions->second.rbegin(); it != versions->second.rend(); ++it) {
    if (it->second.model == nullptr) continue;
    return std::shared_ptr<const ServedModel>(it->second.model);
  }
  return why_not_ready(versions->second.rbegin()->second);
}

std::vector<ModelStatus> Repository::index() const {
  const MutexLock lock(mu_);
  std::vector<ModelStatus> all;
  for (const auto& [name, versions] : models_) {
    for (const auto& [version, status] : versions) all.push_back(status);
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
  for (const ModelStatus& status : index()) {
    if (status.model == nullptr) continue;
    (void)set({.name = status.name, .version = status.version, .state = ModelState::kUnloaded});
    status.model->close();
    status.model->metrics().unloaded();
  }
}

}  // namespace tern::serve
