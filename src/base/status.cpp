#include "tern/status.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/check.h"
#include "base/errors.h"

namespace tern {

std::string_view to_string(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "ok";
    case StatusCode::kCancelled: return "cancelled";
    case StatusCode::kUnknown: return "unknown";
    case StatusCode::kInvalidArgument: return "invalid argument";
    case StatusCode::kDeadlineExceeded: return "deadline exceeded";
    case StatusCode::kNotFound: return "not found";
    case StatusCode::kAlreadyExists: return "already exists";
    case StatusCode::kPermissionDenied: return "permission denied";
    case StatusCode::kResourceExhausted: return "resource exhausted";
    case StatusCode::kFailedPrecondition: return "failed precondition";
    case StatusCode::kAborted: return "aborted";
    case StatusCode::kOutOfRange: return "out of range";
    case StatusCode::kUnimplemented: return "unimplemented";
    case StatusCode::kInternal: return "internal";
    case StatusCode::kUnavailable: return "unavailable";
    case StatusCode::kDataLoss: return "data loss";
    case StatusCode::kUnauthenticated: return "unauthenticated";
  }
  return "unknown";
}

Status::Status(StatusCode code, std::string message) {
  if (code != StatusCode::kOk) rep_ = std::make_unique<Rep>(Rep{code, std::move(message)});
}

Status::Status(const Status& other)
    : rep_(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_ = other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr;
  return *this;
}

std::string Status::to_string() const {
  if (ok()) return "ok";
  return fmt::format("{}: {}", tern::to_string(code()), message());
}

Status Status::with_context(std::string_view prefix) && {
  if (rep_) rep_->message = fmt::format("{}: {}", prefix, rep_->message);
  return std::move(*this);
}

Status Status::with_context(std::string_view prefix) const& {
  return Status(*this).with_context(prefix);
}

Status system_error(int error_number, std::string_view what) {
  StatusCode code = StatusCode::kUnknown;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: code = StatusCode::kNotFound; break;
    case EEXIST: code = StatusCode::kAlreadyExists; break;
    case EACCES:
    case EPERM:
    case EROFS: code = StatusCode::kPermissionDenied; break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM: code = StatusCode::kResourceExhausted; break;
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG: code = StatusCode::kInvalidArgument; break;
    case EIO: code = StatusCode::kDataLoss; break;
    case ETIMEDOUT: code = StatusCode::kDeadlineExceeded; break;
    case EADDRINUSE:
    case EAGAIN:
    case EBUSY:
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE: code = StatusCode::kUnavailable; break;
    default: break;
  }
  char text[128];
  return Status(code, fmt::format("{}: {}", what, ::strerror_r(error_number, text, sizeof text)));
}

namespace internal {

void die_bad_result_access(const Status& status) {
  std::fprintf(stderr, "tern: read the value of a failed Result: %s\n", status.to_string().c_str());
  std::abort();
}

void die_check_failed(const char* file, int line, const char* condition, std::string_view message) {
  std::fprintf(stderr, "tern: %s:%d: check failed: %s %.*s\n", file, line, condition,
               static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace internal
}  // namespace tern
