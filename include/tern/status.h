// Status and Result<T>: how tern reports failures that the outside world can cause.
//
//   tern::Result<tern::Tensor> t = tern::read_npy("x.npy");
//   if (!t.ok()) std::cerr << t.status().to_string() << '\n';   // "not found: x.npy: no such file"
//
// Values may be copied and moved between threads; one object is not for concurrent mutation.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tern {

/// The canonical gRPC codes with their numbers (grpc/status.h), so that they map one to one there.
enum class StatusCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "invalid argument", "not found", ...: the words used in messages.
std::string_view to_string(StatusCode code);

/// Success, or a code with a message that names the thing, the value and the limit.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return rep_ ? rep_->code : StatusCode::kOk; }
  /// Empty on success.
  std::string_view message() const { return rep_ ? std::string_view(rep_->message) : ""; }
  /// "ok", or "<code>: <message>".
  std::string to_string() const;
  /// The same failure with "<prefix>: " before its message; success stays success.
  Status with_context(std::string_view prefix) &&;
  Status with_context(std::string_view prefix) const&;

 private:
  struct Rep {
    StatusCode code;
    std::string message;
  };
  std::unique_ptr<Rep> rep_;  // null means success, which then costs nothing
};

namespace internal {
[[noreturn]] void die_bad_result_access(const Status& status);
}  // namespace internal

/// A value, or the Status that says why there is none. Reading the value of a failed Result ends
/// the program with its message: check ok() first.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}        // NOLINT: implicit by design
  Result(Status status) : state_(std::move(status)) {  // NOLINT: implicit by design
    if (std::get<Status>(state_).ok()) {
      state_ = Status(StatusCode::kInternal, "a Result was made from an ok Status");
    }
  }

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const& { return ok() ? Status() : std::get<Status>(state_); }
  Status status() && { return ok() ? Status() : std::get<Status>(std::move(state_)); }

  T& value() & { return checked(); }
  const T& value() const& { return const_cast<Result*>(this)->checked(); }
  // By value, so that `for (x : *make())` and `auto&& x = *make()` cannot dangle.
  T value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &value(); }

 private:
  T& checked() {
    if (!ok()) internal::die_bad_result_access(std::get<Status>(state_));
    return std::get<T>(state_);
  }

  std::variant<T, Status> state_;
};

}  // namespace tern
