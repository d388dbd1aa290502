#include "inspect/verify.h"

#include "base/errors.h"

namespace tern::inspect {
namespace {

Status run_data_set(Session& session, const std::string& path, const Tolerance& tolerance) {
  TERN_ASSIGN_OR_RETURN(const DataSet set,
                        read_data_set(path, session.inputs(), session.outputs()));
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                        session.run(std::span<const Tensor>(set.inputs)));
  if (set.outputs.size() > outputs.size()) {
    return invalid_argument("{} outputs recorded, the model has {}", set.outputs.size(),
                            outputs.size());
  }
  for (std::size_t i = 0; i < set.outputs.size(); ++i) {
    if (Status s = compare(outputs[i], set.outputs[i], tolerance); !s.ok()) {
      return std::move(s).with_context(fmt::format("output {}", session.outputs()[i].name));
    }
  }
  return {};
}

Status check_case(const CaseFolder& folder, const VerifyOptions& options) {
  const Tolerance defaults;
  const Tolerance tolerance{.rtol = options.rtol.value_or(folder.rtol.value_or(defaults.rtol)),
                            .atol = options.atol.value_or(folder.atol.value_or(defaults.atol)),
                            .mode = options.mode};
  TERN_ASSIGN_OR_RETURN(Session session, Session::load(folder.model, options.session));
  for (const std::string& set : folder.data_sets) {
    TERN_TRY(run_data_set(session, set, tolerance));
  }
  return {};
}

}  // namespace

CaseResult verify_case(const CaseFolder& folder, const VerifyOptions& options) {
  if (folder.data_sets.empty()) {
    return {folder.name, Verdict::kSkipped, "no test_data_set_* beside the model"};
  }
  const Status status = check_case(folder, options);
  if (status.ok()) return {folder.name, Verdict::kPassed, ""};
  return {folder.name, Verdict::kFailed, std::string(status.message())};
}

Result<VerifySummary> verify_paths(
    std::span<const std::string> paths, const VerifyOptions& options,
    const std::function<void(const CaseResult&, std::size_t total)>& on_result) {
  std::vector<CaseFolder> cases;
  for (const std::string& path : paths) {
    TERN_ASSIGN_OR_RETURN(std::vector<CaseFolder> found, find_cases(path));
    cases.insert(cases.end(), std::make_move_iterator(found.begin()),
                 std::make_move_iterator(found.end()));
  }
  VerifySummary summary;
  // One pool for all cases: making threads costs more than running most of them.
  VerifyOptions shared = options;
  if (!shared.session.pool) {
    shared.session.pool = std::make_shared<ThreadPool>(options.session.threads);
  }
  for (const CaseFolder& folder : cases) {
    CaseResult result = verify_case(folder, shared);
    int& count = result.verdict == Verdict::kPassed   ? summary.passed
                 : result.verdict == Verdict::kFailed ? summary.failed
                                                      : summary.skipped;
    ++count;
    if (on_result) on_result(result, cases.size());
    summary.results.push_back(std::move(result));
  }
  return summary;
}

}  // namespace tern::inspect
