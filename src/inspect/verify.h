// Runs models on recorded inputs and compares with recorded outputs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "inspect/case_folder.h"
#include "inspect/compare.h"
#include "tern/session.h"

namespace tern::inspect {

struct VerifyOptions {
  /// Stronger than a case's data.json when given.
  std::optional<double> rtol;
  std::optional<double> atol;
  CompareMode mode = CompareMode::kTolerance;
  SessionOptions session;
};

enum class Verdict { kPassed, kFailed, kSkipped };

struct CaseResult {
  std::string name;
  Verdict verdict = Verdict::kPassed;
  std::string reason;  // empty when passed
};

/// Loads the model, runs every data set and compares. A model that uses operators tern lacks, like
/// every other failure, has failed; a case without data is skipped.
CaseResult verify_case(const CaseFolder& folder, const VerifyOptions& options);

struct VerifySummary {
  std::vector<CaseResult> results;
  int passed = 0;
  int failed = 0;
  int skipped = 0;
};

/// All cases at or below the paths. `on_result` sees each as it is done.
Result<VerifySummary> verify_paths(
    std::span<const std::string> paths, const VerifyOptions& options,
    const std::function<void(const CaseResult&, std::size_t total)>& on_result = {});

}  // namespace tern::inspect
