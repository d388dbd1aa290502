// Batch: the requests that run together, and one tensor per input that holds their rows one after
// the other. A request's rows are its own until it is committed, so front ends read bodies straight
// into them.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "serve/batch/signature.h"
#include "tern/tensor.h"

namespace tern::serve {

/// What a request asks of the scheduler.
struct RequestOptions {
  /// Answered with kDeadlineExceeded unless it has an answer by then.
  Clock::TimePoint deadline = Clock::TimePoint::max();
  /// Not run any more once stop is requested: nobody waits for the answer.
  std::stop_token client_left = {};
};

/// The outputs of one request, in the model's order, on memory that it may share with others: read
/// only. Called once, from any thread, and must be short. What it throws is logged.
using Done = std::function<void(Result<std::vector<Tensor>> outputs)>;

/// One request in a batch.
struct Member {
  enum class State : std::uint8_t {
    kFilling,  // its rows are being written
    kWaiting,  // complete
    kGone,     // withdrawn, its rows are void
  };

  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  State state = State::kFilling;
  Clock::TimePoint arrived;
  Clock::TimePoint wait_until = Clock::TimePoint::max();  // by the queue's policy
  RequestOptions options;
  Done done;  // empty before it is committed and once it was called
};

struct Batch {
  /// Memory for `capacity` rows of the given shapes; or, not joinable, for exactly these shapes.
  static Result<std::shared_ptr<Batch>> make(const Signature& signature,
                                             std::span<const Shape> shapes,
                                             std::optional<std::int64_t> capacity);

  /// Room for `more` rows of these shapes.
  bool takes(std::span<const Shape> shapes, std::int64_t more) const;
  /// The part of the inputs that belongs to these rows; all of it when not joinable.
  std::vector<Tensor> inputs_of(std::int64_t first_row, std::int64_t row_count) const;
  /// Forgets members that are gone. Only when nobody fills.
  void drop_gone();
  /// Moves the rows of the members together, over those of members that are forgotten.
  void close_gaps();
  /// As made, for other requests of the same row shapes.
  void clear();

  bool joinable = false;
  bool sealed = false;         // takes no more members
  std::uint64_t priority = 0;  // of all members; lower ones run first
  std::int64_t capacity = 0;
  std::int64_t rows = 0;
  std::size_t filling = 0;
  std::size_t waiting = 0;
  std::vector<Member> members;
  std::vector<Shape> row_shapes;  // of a joinable batch
  std::vector<Tensor> inputs;
  std::size_t row_bytes = 0;  // of all inputs together; not joinable: of everything
};

/// The common first size of all shapes; nullopt when they differ or one is a scalar.
std::optional<std::int64_t> common_rows(std::span<const Shape> shapes);

/// Bytes that tensors of these shapes take; nullopt when that overflows.
std::optional<std::size_t> bytes_of(const Signature& signature, std::span<const Shape> shapes);

}  // namespace tern::serve
