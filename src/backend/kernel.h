// KernelDef: one way to compute one operator. The rows of a backend's table that match a node are
// its candidates; the operator's reference implementation is always the last of them, so a missing
// kernel is slow, never an error.
//
//   struct SoftmaxF32 {                                       //
//   src/backend/cpu/kernels/softmax.cpp
//     using Operator = ops::Softmax;
//     static bool matches(const KernelQuery& q);              // dtypes, ranks, attributes
//     struct Plan { std::int64_t rows, columns; };
//     static Status plan(const PlanContext& c, Plan& plan);   // once per binding: validates, sizes
//     static void run(const Plan& plan, RunContext& c) noexcept;
//   };
//   constinit const KernelDef kSoftmaxF32 = make_kernel<SoftmaxF32>("softmax_f32");
//
// A kernel that packs constants also has
//     using Packed = ...;                                     // what pack makes, shared by all
//     plans static constexpr std::uint32_t kPackedInputs = 0b10;    // bit i: input i is not read
//     by run static Result<Packed> pack(const PackContext& c);       // once per program
// whose Packed may have `std::size_t bytes() const` where it is not as large as the constants,
// and one that may overwrite an input, or work on a range of columns of a wider tensor, says so:
//     static constexpr std::uint32_t kInPlaceInputs = 0b01;   // bit i: output 0 may be input i
// or, with several outputs, one mask per output, no input in two of them:
//     static constexpr InPlaceInputs kInPlaceInputs{0b0001, 0b1000};
//     static constexpr std::uint32_t kStridedInputs = 0b01;   // bit i: input i may have a row
//     static constexpr bool kStridedOutput = true;            // output 0 may have one
//     static constexpr bool kPlacedInputs = true;  // inputs with a row are in their place in
//     output 0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/precision.h"
#include "tern/thread_pool.h"

namespace tern {

/// What a kernel is chosen by: the node with what is known of its values when the program is made.
struct KernelQuery {
  const Op& op;
  std::span<const TypeInfo> in;              // dtype kUndefined where left out
  std::span<const TypeInfo> out;             // dtype kUndefined where not wanted
  std::span<const Tensor* const> constants;  // per input, null unless it is a constant
  Precision precision = Precision::kF32;     // of products; a kernel may be more precise

  template <class T>
  const T& attributes() const {
    return *op.as<T>();
  }
  bool has(std::size_t i) const { return i < in.size() && in[i].dtype != DType::kUndefined; }
  bool wants(std::size_t i) const { return i < out.size() && out[i].dtype != DType::kUndefined; }
  bool is_constant(std::size_t i) const { return i < constants.size() && constants[i] != nullptr; }
  /// All present inputs and outputs have this dtype.
  bool all(DType dtype) const;
};

struct PackContext {
  const KernelQuery& query;
  ThreadPool& pool;
  const Tensor& constant(std::size_t i) const { return *query.constants[i]; }
};

/// One concrete input or output of a plan.
struct TensorDesc {
  DType dtype = DType::kUndefined;  // kUndefined: left out
  Shape shape;
  // Elements from a row of the last axis to the next where the tensor is a range of columns of a
  // wider one; 0: dense. Only kernels that ask for it see it.
  std::int64_t row = 0;
  bool present() const { return dtype != DType::kUndefined; }
};

/// What `plan` sees: concrete sizes. A plan is immutable and shared by concurrent runs.
struct PlanContext {
  const Op& op;
  std::span<const TensorDesc> in;
  std::span<const TensorDesc> out;
  std::span<const Tensor* const> constants;  // inputs known now, folded shape arithmetic included
  const void* packed;                        // of this kernel's Packed, or null
  int threads;                               // size of the pool that run will get
  mutable std::size_t scratch_bytes = 0;     // plan asks here; run finds it 64-byte aligned

  template <class T>
  const T& attributes() const {
    return *op.as<T>();
  }
  template <class T>
  const T& packed_as() const {
    return *static_cast<const T*>(packed);
  }
  bool has(std::size_t i) const { return i < in.size() && in[i].present(); }
  bool wants(std::size_t i) const { return i < out.size() && out[i].present(); }
};

/// What `run` sees. in[i] is null where left out, out[i] where not wanted.
struct RunContext {
  std::span<const Tensor* const> in;
  std::span<Tensor* const> out;
  const void* packed;
  void* scratch;
  ThreadPool& pool;
  RandomKey random;
  Status status;                 // a kernel that must fail sets it
  BodyRunner* bodies = nullptr;  // of a control flow node

  template <class T>
  const T* input(std::size_t i) const {
    return static_cast<const T*>(in[i]->raw());
  }
  /// Null when the input is left out.
  template <class T>
  const T* optional_input(std::size_t i) const {
    return i < in.size() && in[i] != nullptr ? input<T>(i) : nullptr;
  }
  template <class T>
  T* output(std::size_t i) {
    return static_cast<T*>(out[i]->mutable_raw());
  }
  template <class T>
  const T& packed_as() const {
    return *static_cast<const T*>(packed);
  }
};

/// Per output, the inputs it may overwrite: bit i for input i. Outputs beyond these overwrite none.
using InPlaceInputs = std::array<std::uint32_t, 3>;

struct KernelDef {
  std::string_view name;
  const OpDef& (*op)() = nullptr;
  /// The instruction set the kernel itself needs; kernels that dispatch inside say 0.
  std::uint8_t isa = 0;
  std::uint32_t packed_inputs = 0;
  InPlaceInputs in_place_inputs{};

  /// The inputs that output `i` may overwrite.
  std::uint32_t in_place(std::size_t i) const {
    return i < in_place_inputs.size() ? in_place_inputs[i] : 0;
  }
  std::uint32_t strided_inputs = 0;
  bool strided_output = false;
  /// A Concat whose inputs may be written where they belong by the kernels that make them. What
  /// arrives with a row is in its place.
  bool placed_inputs = false;

  bool (*matches)(const KernelQuery&) = nullptr;
  Result<std::shared_ptr<const void>> (*pack)(const PackContext&) = nullptr;
  /// Of what pack made; null: as many as the constants that it replaces.
  std::size_t (*packed_bytes)(const void* packed) = nullptr;
  Result<std::shared_ptr<const void>> (*plan)(const PlanContext&) = nullptr;
  void (*run)(const void* plan, RunContext&) noexcept = nullptr;
};

template <class K>
constexpr KernelDef make_kernel(std::string_view name, std::uint8_t isa = 0) {
  KernelDef def{.name = name, .op = &def_of<typename K::Operator>, .isa = isa};
  if constexpr (requires { K::kInPlaceInputs; }) {
    if constexpr (std::is_same_v<decltype(K::kInPlaceInputs), const InPlaceInputs>) {
      def.in_place_inputs = K::kInPlaceInputs;
    } else {
      def.in_place_inputs = {K::kInPlaceInputs};
    }
  }
  if constexpr (requires { K::kStridedInputs; }) def.strided_inputs = K::kStridedInputs;
  if constexpr (requires { K::kStridedOutput; }) def.strided_output = K::kStridedOutput;
  if constexpr (requires { K::kPlacedInputs; }) def.placed_inputs = K::kPlacedInputs;
  def.matches = &K::matches;
  if constexpr (requires { &K::pack; }) {
    def.packed_inputs = K::kPackedInputs;
    def.pack = [](const PackContext& c) -> Result<std::shared_ptr<const void>> {
      Result<typename K::Packed> packed = K::pack(c);
      if (!packed.ok()) return packed.status();
      return std::shared_ptr<const void>(
          std::make_shared<const typename K::Packed>(std::move(*packed)));
    };
    if constexpr (requires(const typename K::Packed& packed) { packed.bytes(); }) {
      def.packed_bytes = [](const void* packed) {
        return static_cast<const typename K::Packed*>(packed)->bytes();
      };
    }
  }
  def.plan = [](const PlanContext& c) -> Result<std::shared_ptr<const void>> {
    auto plan = std::make_shared<typename K::Plan>();
    if (Status s = K::plan(c, *plan); !s.ok()) return s;
    return std::shared_ptr<const void>(std::move(plan));
  };
  def.run = [](const void* plan, RunContext& c) noexcept {
    K::run(*static_cast<const typename K::Plan*>(plan), c);
  };
  return def;
}

/// The candidate every operator has: its reference implementation.
const KernelDef& reference_kernel();

}  // namespace tern
