#include "inspect/samples.h"

#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "inspect/case_folder.h"

namespace tern::inspect {
namespace {

bool is_data_set(const std::string& folder) { return file_exists(join_path(folder, "input_0.pb")); }

// The folders of data sets at `path`; none when it is something else.
Result<std::vector<std::string>> data_sets_at(const std::string& path) {
  std::vector<std::string> folders;
  if (!is_directory(path)) return folders;
  if (is_data_set(path)) return std::vector<std::string>{path};
  TERN_ASSIGN_OR_RETURN(const std::vector<std::string> names, list_directory(path));
  for (const std::string& name : names) {
    if (is_data_set(join_path(path, name))) folders.push_back(join_path(path, name));
  }
  return folders;
}

class Reader {
 public:
  Reader(const Session& session, const SampleOptions& options)
      : session_(session), options_(options) {}

  Status read(const std::string& path) {
    TERN_ASSIGN_OR_RETURN(const std::vector<std::string> folders, data_sets_at(path));
    for (const std::string& folder : folders) {
      if (full()) return {};
      TERN_ASSIGN_OR_RETURN(DataSet set,
                            read_data_set(folder, session_.inputs(), session_.outputs()));
      samples_.push_back(std::move(set.inputs));
    }
    return folders.empty() ? read_rows(path) : Status();
  }

  std::vector<Sample> take() { return std::move(samples_); }

 private:
  bool full() const {
    return options_.limit > 0 && static_cast<std::int64_t>(samples_.size()) >= options_.limit;
  }

  Status read_rows(const std::string& path) {
    if (session_.inputs().size() != 1) {
      return invalid_argument(
          "{}: the model has {} inputs; its samples are folders with input_0.pb, input_1.pb, ...",
          path, session_.inputs().size());
    }
    const IoInfo& input = session_.inputs()[0];
    TERN_ASSIGN_OR_RETURN(const InputRows rows,
                          open_input_rows(path, input, session_.graph().metadata, options_.rows));
    const bool fixed = input.type.has_rank && input.type.rank() > 0 && input.type.shape[0].known();
    const std::int64_t count = fixed ? input.type.shape[0].value() : 1;
    TERN_ASSIGN_OR_RETURN(DataLoader loader, DataLoader::create(rows.data, {.batch = count}));
    TERN_TRY(loader.start_epoch(0));
    while (!full()) {
      TERN_ASSIGN_OR_RETURN(const std::optional<Batch> batch, loader.next());
      if (!batch || static_cast<std::int64_t>(batch->rows.size()) < count) return {};
      Result<Tensor> x = to_input(batch->tensors[0], input);
      if (!x.ok()) return std::move(x).status().with_context(path);
      TERN_ASSIGN_OR_RETURN(Tensor own, x->clone());  // the loader uses its memory again
      samples_.push_back({std::move(own)});
    }
    return {};
  }

  const Session& session_;
  const SampleOptions& options_;
  std::vector<Sample> samples_;
};

}  // namespace

Result<std::vector<Sample>> read_samples(std::span<const std::string> paths, const Session& session,
                                         const SampleOptions& options) {
  Reader reader(session, options);
  for (const std::string& path : paths) TERN_TRY(reader.read(path));
  std::vector<Sample> samples = reader.take();
  if (samples.empty() && !paths.empty()) {
    return invalid_argument(
        "{}: no sample; a run of the model needs as many rows as its input states", paths.front());
  }
  return samples;
}

}  // namespace tern::inspect
