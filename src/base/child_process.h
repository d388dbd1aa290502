// Another program as a function: arguments in, output and exit code out.
#pragma once

#include <string>
#include <vector>

#include "tern/status.h"

namespace tern {

struct ChildResult {
  int exit_code = 0;   ///< 128 + the number of the signal that ended it
  std::string output;  ///< of standard output
  std::string errors;  ///< of standard error
};

/// Runs a program to its end, without a shell: `arguments` begin with its path. Standard input is
/// empty. kNotFound, kPermissionDenied and others: it could not be started. kResourceExhausted: it
/// wrote more than `max_output_bytes`; it is ended then.
Result<ChildResult> run_child(const std::vector<std::string>& arguments,
                              std::size_t max_output_bytes = std::size_t{64} << 20);

/// The path of the program that runs now.
Result<std::string> own_program();

}  // namespace tern
