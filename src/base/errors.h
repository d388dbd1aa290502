// Making and propagating failures: one factory per status code, formatted with fmt, and the two
// macros of the code base.
//
//   if (axis >= rank) return invalid_argument("axis {} for rank {}", axis, rank);
//   TERN_ASSIGN_OR_RETURN(auto file, open(path));
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "tern/status.h"

namespace tern {

#define TERN_STATUS_FACTORY(name, code)                                                \
  template <class... Args>                                                             \
  Status name(fmt::format_string<Args...> format, Args&&... args) {                    \
    return Status(StatusCode::code, fmt::format(format, std::forward<Args>(args)...)); \
  }
TERN_STATUS_FACTORY(cancelled, kCancelled)
TERN_STATUS_FACTORY(invalid_argument, kInvalidArgument)
TERN_STATUS_FACTORY(deadline_exceeded, kDeadlineExceeded)
TERN_STATUS_FACTORY(not_found, kNotFound)
TERN_STATUS_FACTORY(already_exists, kAlreadyExists)
TERN_STATUS_FACTORY(permission_denied, kPermissionDenied)
TERN_STATUS_FACTORY(resource_exhausted, kResourceExhausted)
TERN_STATUS_FACTORY(failed_precondition, kFailedPrecondition)
TERN_STATUS_FACTORY(aborted, kAborted)
TERN_STATUS_FACTORY(out_of_range, kOutOfRange)
TERN_STATUS_FACTORY(unimplemented, kUnimplemented)
TERN_STATUS_FACTORY(internal_error, kInternal)
TERN_STATUS_FACTORY(unavailable, kUnavailable)
TERN_STATUS_FACTORY(data_loss, kDataLoss)
#undef TERN_STATUS_FACTORY

/// The status for a failed system call: code from `error_number` (errno), message
/// "<what>: <strerror>".
Status system_error(int error_number, std::string_view what);

/// Returns the failure of `expr` (a Status) to the caller.
#define TERN_TRY(expr)                                                                 \
  do {                                                                                 \
    if (::tern::Status tern_status_ = (expr); !tern_status_.ok()) return tern_status_; \
  } while (false)

#define TERN_CONCAT_INNER_(a, b) a##b
#define TERN_CONCAT_(a, b) TERN_CONCAT_INNER_(a, b)
#define TERN_ASSIGN_OR_RETURN_(tmp, lhs, expr)   \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = std::move(*tmp)

/// Declares or assigns `lhs` from `expr` (a Result), or returns its failure to the caller.
#define TERN_ASSIGN_OR_RETURN(lhs, expr) \
  TERN_ASSIGN_OR_RETURN_(TERN_CONCAT_(tern_result_, __LINE__), lhs, expr)

}  // namespace tern
