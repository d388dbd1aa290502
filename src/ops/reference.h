// ReferenceContext: what an operator's reference implementation reads and writes. References are
// the oracle that every fast kernel is tested against: plain loops, any dtype, no cleverness.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/element.h"
#include "tern/graph.h"
#include "tern/op.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

/// Names one draw of a random operator: the same key gives the same numbers on every machine.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::uint64_t node = 0;
};

/// The bodies of a control flow node, as its reference sees them.
class BodyRunner {
 public:
  /// Runs body number `body` on its arguments and returns its results, which own their storage.
  virtual Result<std::vector<Tensor>> run(std::size_t body, std::span<const Tensor> arguments) = 0;
  /// What is known of result `i` of a body before it runs.
  virtual const TypeInfo& result_type(std::size_t body, std::size_t i) const = 0;

 protected:
  ~BodyRunner() = default;
};

class ReferenceContext {
 public:
  /// `in[i]` is null where the input is left out; `out[i]` is null where it is not wanted. `bodies`
  /// is there for nodes that have some.
  ReferenceContext(std::span<const Tensor* const> in, std::span<Tensor* const> out,
                   RandomKey random, BodyRunner* bodies = nullptr)
      : in_(in), out_(out), random_(random), bodies_(bodies) {}

  std::size_t inputs() const { return in_.size(); }
  std::size_t outputs() const { return out_.size(); }
  bool has(std::size_t i) const { return i < in_.size() && in_[i] != nullptr; }
  bool wants(std::size_t i) const { return i < out_.size() && out_[i] != nullptr; }
  const Tensor& in(std::size_t i) const { return *in_[i]; }
  /// Allocated with the inferred dtype and shape, contents indeterminate.
  Tensor& out(std::size_t i) { return *out_[i]; }
  /// For data-dependent operators, whose outputs arrive undefined.
  void set_out(std::size_t i, Tensor value) {
    if (wants(i)) *out_[i] = std::move(value);
  }
  const RandomKey& random() const { return random_; }
  /// Only for a node with bodies.
  BodyRunner& bodies() { return *bodies_; }

  /// Ends the run with `status` (an index out of range, say). The first failure is kept.
  void fail(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  const Status& status() const { return status_; }

 private:
  std::span<const Tensor* const> in_;
  std::span<Tensor* const> out_;
  RandomKey random_;
  BodyRunner* bodies_;
  Status status_;
};

/// Reads elements of any numeric dtype as double.
class FloatReader {
 public:
  explicit FloatReader(const Tensor& t) : data_(t.raw()), load_(load_f64(t.dtype())) {}
  double operator[](std::int64_t i) const { return load_(data_, i); }

 private:
  const void* data_;
  LoadF64 load_;
};

/// Reads elements of any numeric dtype as int64 (u64 keeps its bits).
class IntReader {
 public:
  explicit IntReader(const Tensor& t) : data_(t.raw()), load_(load_i64(t.dtype())) {}
  std::int64_t operator[](std::int64_t i) const { return load_(data_, i); }

 private:
  const void* data_;
  LoadI64 load_;
};

class FloatWriter {
 public:
  explicit FloatWriter(Tensor& t) : data_(t.mutable_raw()), store_(store_f64(t.dtype())) {}
  void set(std::int64_t i, double value) const { store_(data_, i, value); }

 private:
  void* data_;
  StoreF64 store_;
};

class IntWriter {
 public:
  explicit IntWriter(Tensor& t) : data_(t.mutable_raw()), store_(store_i64(t.dtype())) {}
  void set(std::int64_t i, std::int64_t value) const { store_(data_, i, value); }

 private:
  void* data_;
  StoreI64 store_;
};

/// All elements as double, and the way back: for references that read an element many times.
std::vector<double> read_f64(const Tensor& t);
void write_f64(std::span<const double> values, Tensor& t);

/// Copies element `from` of `src` to element `to` of `dst`; same dtype, strings and packed
/// included.
void copy_element(const Tensor& src, std::int64_t from, Tensor& dst, std::int64_t to);

/// Copies `count` consecutive elements; same dtype, any dtype.
void copy_elements(const Tensor& src, std::int64_t from, Tensor& dst, std::int64_t to,
                   std::int64_t count);

/// Runs the reference of `op` on concrete inputs: infers, allocates, computes. What constant
/// folding and tests use.
Result<std::vector<Tensor>> run_reference(const Op& op, std::span<const Tensor* const> inputs,
                                          std::size_t outputs, RandomKey random = {});

}  // namespace tern
