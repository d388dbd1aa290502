// OpDef: everything tern knows about one operator, as a constant-initialised table row.
//
//   constinit const OpDef kSoftmax = make_op<ops::Softmax, SoftmaxImpl>("Softmax", "ai.onnx", 13);
//
// make_op takes the attributes from the public struct's `fields` and the meaning from the Impl:
//   summary, inputs, outputs                                required
//   static Status infer(const Op&, InferContext&)            required unless `expand` is there
//   static void reference(const Op&, ReferenceContext&)      plain loops, the oracle
//   static void gradient(const Op&, GradContext&)            emits ordinary nodes
//   static bool fold(const Op&, FoldContext&)                outputs that follow from shapes alone
//   static void expand(const Op&, ExpandContext&)            the op written with simpler ops
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "tern/graph.h"
#include "tern/op.h"

namespace tern {

// ---------------------------------------------------------------------------------------- ports

/// A set of element types.
class TypeSet {
 public:
  constexpr TypeSet() = default;
  constexpr TypeSet(DType dtype) : bits_(1u << static_cast<unsigned>(dtype)) {}  // NOLINT
  constexpr bool contains(DType dtype) const {
    return (bits_ >> static_cast<unsigned>(dtype) & 1u) != 0;
  }
  friend constexpr TypeSet operator|(TypeSet a, TypeSet b) { return TypeSet(a.bits_ | b.bits_); }
  friend constexpr TypeSet operator|(TypeSet a, DType b) { return a | TypeSet(b); }
  friend constexpr bool operator==(TypeSet, TypeSet) = default;
  /// The type of a set of one, else kUndefined.
  DType only() const;
  /// "f32, f64"
  std::string to_string() const;

 private:
  explicit constexpr TypeSet(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

inline constexpr TypeSet kFloats = TypeSet(DType::kF16) | DType::kBF16 | DType::kF32 | DType::kF64;
inline constexpr TypeSet kNarrowFloats = TypeSet(DType::kF8E4M3FN) | DType::kF8E4M3FNUZ |
                                         DType::kF8E5M2 | DType::kF8E5M2FNUZ | DType::kF8E8M0 |
                                         DType::kF4E2M1;
inline constexpr TypeSet kSignedInts =
    TypeSet(DType::kI8) | DType::kI16 | DType::kI32 | DType::kI64;
inline constexpr TypeSet kUnsignedInts =
    TypeSet(DType::kU8) | DType::kU16 | DType::kU32 | DType::kU64;
inline constexpr TypeSet kInts = kSignedInts | kUnsignedInts;
inline constexpr TypeSet kSubByteInts = TypeSet(DType::kI4) | DType::kU4 | DType::kI2 | DType::kU2;
inline constexpr TypeSet kIndices = TypeSet(DType::kI32) | DType::kI64;
inline constexpr TypeSet kNumeric = kFloats | kInts;
inline constexpr TypeSet kComplexes = TypeSet(DType::kComplex64) | DType::kComplex128;
inline constexpr TypeSet kBools = TypeSet(DType::kBool);
inline constexpr TypeSet kAnyType =
    kNumeric | kNarrowFloats | kSubByteInts | kComplexes | kBools | DType::kString;
inline constexpr TypeSet kContainers = TypeSet(DType::kMap) | DType::kSequence | DType::kOptional;
/// Tensors, sequences, optionals and maps.
inline constexpr TypeSet kAnyValue = kAnyType | kContainers;

enum class PortKind : std::uint8_t { kRequired, kOptional, kVariadic };

/// One input or output of an operator. Ports of the same non-zero `group` have the same dtype;
/// a variadic port is the last one.
struct Port {
  std::string_view name;
  TypeSet types;
  PortKind kind = PortKind::kRequired;
  char group = 'T';
  /// Only the input's shape is read, never its elements, so nothing keeps it alive for this use.
  bool shape_only = false;
};

// ------------------------------------------------------------------------------------- contexts

/// What `infer` sees and fills. Ranks and dtypes of present inputs are known and were checked
/// against the ports; sizes may be symbolic.
struct InferContext {
  std::vector<TypeInfo> in;                // kUndefined dtype where left out
  std::vector<const Tensor*> in_constant;  // the value where it is known already, else null
  std::size_t wanted_outputs = 1;
  std::vector<std::vector<TypeInfo>> bodies;  // of control flow: the results of each body
  std::vector<TypeInfo> out;                  // filled by infer, one per output in order

  bool has(std::size_t i) const { return i < in.size() && in[i].dtype != DType::kUndefined; }
  const Tensor* constant(std::size_t i) const {
    return i < in_constant.size() ? in_constant[i] : nullptr;
  }
  /// Elements of a known i64 or i32 constant; nullopt when it is not known.
  std::optional<std::vector<std::int64_t>> ints(std::size_t i) const;
};

class ReferenceContext;  // ops/reference.h
class GradContext;       // ops/grad.h
struct FoldContext;      // ops/fold.h
class ExpandContext;     // ops/expand.h

// --------------------------------------------------------------------------------------- fields

enum class FieldType : std::uint8_t {
  kInt,
  kFloat,
  kString,
  kBool,
  kDType,
  kEnum,
  kTensor,
  kIntList,
  kFloatList,
  kStringList,
  kOptionalInt,
  kOptionalFloat,
};

/// One attribute, type erased.
struct FieldInfo {
  std::string_view name;
  FieldType type = FieldType::kInt;
  bool required = false;
  std::span<const std::string_view> enum_names;
  const void* (*member)(const void* attributes) = nullptr;
};

/// What a row of the op table holds; function pointers of absent slots are null.
struct OpDef {
  std::string_view name;
  std::string_view domain;
  int since = 1;  // oldest opset with today's meaning
  std::string_view summary;
  std::span<const Port> inputs;
  std::span<const Port> outputs;
  std::span<const FieldInfo> fields;
  int min_inputs = 0;  // up to the last required (or first variadic) port

  std::shared_ptr<void> (*make)() = nullptr;  // default attributes
  std::shared_ptr<void> (*copy)(const void* attributes) = nullptr;

  Status (*infer)(const void* attributes, InferContext&) = nullptr;
  void (*reference)(const void* attributes, ReferenceContext&) = nullptr;
  void (*gradient)(const void* attributes, GradContext&) = nullptr;
  bool (*fold)(const void* attributes, FoldContext&) = nullptr;
  void (*expand)(const void* attributes, ExpandContext&) = nullptr;

  /// Output shapes depend on the values of inputs (NonZero): infer leaves sizes unknown even when
  /// everything else is known, and `reference` allocates its outputs. So does every operator that
  /// makes containers, or has bodies.
  bool data_dependent = false;
  /// Draws random numbers: never folded, never merged with an equal node.
  bool random = false;
};

/// Checks dtypes and counts of inputs against the ports; messages name the port.
Status check_ports(const OpDef& def, const InferContext& context);

/// check_ports and infer, with unknown outputs where a needed rank or dtype is unknown.
Status infer_types(const Op& op, InferContext& context);

// -------------------------------------------------------------------------------------- make_op

namespace internal {

template <class M>
constexpr FieldType field_type() {
  if constexpr (std::is_same_v<M, bool>)
    return FieldType::kBool;
  else if constexpr (std::is_same_v<M, DType>)
    return FieldType::kDType;
  else if constexpr (std::is_enum_v<M>)
    return FieldType::kEnum;
  else if constexpr (std::is_same_v<M, std::int64_t>)
    return FieldType::kInt;
  else if constexpr (std::is_same_v<M, float>)
    return FieldType::kFloat;
  else if constexpr (std::is_same_v<M, std::string>)
    return FieldType::kString;
  else if constexpr (std::is_same_v<M, Tensor>)
    return FieldType::kTensor;
  else if constexpr (std::is_same_v<M, std::vector<std::int64_t>>)
    return FieldType::kIntList;
  else if constexpr (std::is_same_v<M, std::vector<float>>)
    return FieldType::kFloatList;
  else if constexpr (std::is_same_v<M, std::vector<std::string>>)
    return FieldType::kStringList;
  else if constexpr (std::is_same_v<M, std::optional<std::int64_t>>)
    return FieldType::kOptionalInt;
  else {
    static_assert(std::is_same_v<M, std::optional<float>>, "no attribute kind for this member");
    return FieldType::kOptionalFloat;
  }
}

template <class Op, std::size_t I>
constexpr FieldInfo field_info() {
  constexpr const auto& field = Op::fields.template at<I>();
  using Member = std::remove_cvref_t<decltype(std::declval<Op&>().*field.member)>;
  FieldInfo info{.name = field.name, .type = field_type<Member>(), .required = field.required};
  if constexpr (std::is_enum_v<Member> && !std::is_same_v<Member, DType>) {
    static_assert(sizeof(Member) == sizeof(int), "attribute enumerations have underlying type int");
    info.enum_names = AttributeEnum<Member>::names;
  }
  info.member = [](const void* op) -> const void* {
    return &(static_cast<const Op*>(op)->*Op::fields.template at<I>().member);
  };
  return info;
}

template <class Op>
constexpr auto make_fields() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<FieldInfo, sizeof...(I)>{field_info<Op, I>()...};
  }
  (std::make_index_sequence<Op::fields.kSize>());
}

template <class Op>
inline constexpr auto kFields = make_fields<Op>();

constexpr int min_inputs(std::span<const Port> ports) {
  int n = 0;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].kind == PortKind::kRequired) n = static_cast<int>(i) + 1;
  }
  return n;
}

}  // namespace internal

template <class Op, class Impl>
concept OperatorMeaning = requires {
  { Impl::summary } -> std::convertible_to<std::string_view>;
  {std::span<const Port>(Impl::inputs)};
  {std::span<const Port>(Impl::outputs)};
};

/// The table row of operator `Op` with the meaning `Impl` (see the top of this file).
template <class Op, class Impl>
requires OperatorMeaning<Op, Impl>
constexpr OpDef make_op(std::string_view name, std::string_view domain, int since) {
  OpDef def{.name = name, .domain = domain, .since = since, .summary = Impl::summary};
  def.inputs = Impl::inputs;
  def.outputs = Impl::outputs;
  def.fields = internal::kFields<Op>;
  def.min_inputs = internal::min_inputs(Impl::inputs);
  def.make = []() -> std::shared_ptr<void> { return std::make_shared<Op>(); };
  def.copy = [](const void* op) -> std::shared_ptr<void> {
    return std::make_shared<Op>(*static_cast<const Op*>(op));
  };
  if constexpr (requires { &Impl::infer; }) {
    def.infer = [](const void* op, InferContext& c) {
      return Impl::infer(*static_cast<const Op*>(op), c);
    };
  }
  if constexpr (requires { &Impl::reference; }) {
    def.reference = [](const void* op, ReferenceContext& c) {
      Impl::reference(*static_cast<const Op*>(op), c);
    };
  }
  if constexpr (requires { &Impl::gradient; }) {
    def.gradient = [](const void* op, GradContext& c) {
      Impl::gradient(*static_cast<const Op*>(op), c);
    };
  }
  if constexpr (requires { &Impl::fold; }) {
    def.fold = [](const void* op, FoldContext& c) {
      return Impl::fold(*static_cast<const Op*>(op), c);
    };
  }
  if constexpr (requires { &Impl::expand; }) {
    def.expand = [](const void* op, ExpandContext& c) {
      Impl::expand(*static_cast<const Op*>(op), c);
    };
  }
  if constexpr (requires { Impl::data_dependent; }) def.data_dependent = Impl::data_dependent;
  if constexpr (requires { Impl::random; }) def.random = Impl::random;
  return def;
}

}  // namespace tern
