// What the tests on published models share: where the files lie, the references beside them, and
// runs by the names of inputs and outputs.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "inspect/compare.h"
#include "tern/session.h"

namespace tern::testing {

using NamedTensors = std::map<std::string, Tensor>;

/// What the references allow unless their folder says otherwise.
inline constexpr inspect::Tolerance kReferenceTolerance{.rtol = 1e-3, .atol = 1e-5};

/// Tests that read `models/` of the folder that TERN_TEST_DATA names, and skip without it
/// (docs/testing.md). Every model runs optimised and as it is.
class RealModels : public ::testing::Test {
 protected:
  void SetUp() override;

  /// The path of a file below models/.
  std::string file(std::string_view name) const;
  /// A folder of the archive `name` (.npz) below models/, where unpack.sh has put its tensors.
  static std::string unpacked(std::string_view name);

  /// Fails the test, and returns null or nothing, for a file that cannot be read.
  static JsonValue json(const std::string& path);
  static Tensor npy(const std::string& path);

  /// Runs the model with the passes and without, and compares `wanted`, by name.
  void expect_outputs(std::string_view model, const NamedTensors& inputs,
                      const NamedTensors& wanted,
                      const inspect::Tolerance& tolerance = kReferenceTolerance) const;
  /// The same with the tensors that `folder`/reference.json names.
  void expect_reference(std::string_view model, std::string_view folder,
                        const inspect::Tolerance& tolerance = kReferenceTolerance) const;

 private:
  std::string root_;
};

/// Runs by name; all outputs of the session by theirs. Fails the test and returns nothing when the
/// run fails.
NamedTensors run_by_name(Session& session, const NamedTensors& inputs);

/// The differences as a failure of the test.
void expect_close(const Tensor& got, const Tensor& want, const inspect::Tolerance& tolerance,
                  std::string_view what);

}  // namespace tern::testing
