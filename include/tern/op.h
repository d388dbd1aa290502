// Op: an operator together with its attributes, as a value.
//
//   tern::Op op = tern::ops::Softmax{.axis = 1};
//   op.name() == "Softmax";   op.as<tern::ops::Softmax>()->axis == 1
//
// The structs of tern/ops/*.h are the operators; each lists its attributes once, in `fields`.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

struct OpDef;  // everything tern knows about an operator; internal (graph/op_def.h)

/// Ties an attribute's ONNX name to the member that holds it.
template <class Op, class Member>
struct Field {
  std::string_view name;
  Member Op::*member;
  bool required = false;
};
template <class Op, class Member>
Field(std::string_view, Member Op::*) -> Field<Op, Member>;
template <class Op, class Member>
Field(std::string_view, Member Op::*, bool) -> Field<Op, Member>;
inline constexpr bool kRequiredField = true;

/// The Fields of an operator in order; a std::tuple would do, but takes the compiler four times as
/// long, and every file that names an operator pays for it.
template <class... F>
struct Fields {
  static constexpr std::size_t kSize = 0;
};
template <class First, class... Rest>
struct Fields<First, Rest...> {
  First first;
  Fields<Rest...> rest;

  static constexpr std::size_t kSize = 1 + sizeof...(Rest);

  constexpr explicit Fields(First f, Rest... r) : first(f), rest(r...) {}

  template <std::size_t I>
  constexpr const auto& at() const {
    if constexpr (I == 0) {
      return first;
    } else {
      return rest.template at<I - 1>();
    }
  }
};
template <class... F>
Fields(F...) -> Fields<F...>;

/// Names of an enumeration that is an ONNX string attribute, in the order of its values 0, 1, ...
/// Specialise for each such enumeration: `static constexpr std::array<std::string_view, N> names`.
template <class Enum>
struct AttributeEnum;

/// An attribute's value on its way between a file and an operator's member.
using AttributeValue =
    std::variant<std::monostate, std::int64_t, float, std::string, Tensor,
                 std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>>;

/// The definition of the operator whose struct is T; defined by the ops module for its structs.
template <class T>
const OpDef& def_of();

template <class T>
concept HasFields = requires {
  T::fields.kSize;
};
/// A struct of tern/ops: copyable, with Fields. The fields are asked for first: Op has
/// none, and whether Op is copyable would depend on this very concept.
template <class T>
concept OperatorStruct = HasFields<T> && std::copyable<T>;

class Op {
 public:
  template <OperatorStruct T>
  Op(T attributes)  // NOLINT: implicit by design
      : def_(&def_of<T>()), attributes_(std::make_shared<const T>(std::move(attributes))) {}
  /// The operator with default attributes.
  explicit Op(const OpDef& def);

  const OpDef& def() const { return *def_; }
  /// The ONNX spelling, e.g. "Softmax".
  std::string_view name() const;
  /// "ai.onnx", "ai.onnx.ml", "com.microsoft" or "tern".
  std::string_view domain() const;

  /// The attributes if this is operator T, else null.
  template <OperatorStruct T>
  const T* as() const {
    return def_ == &def_of<T>() ? static_cast<const T*>(attributes_.get()) : nullptr;
  }
  template <OperatorStruct T>
  bool is() const {
    return def_ == &def_of<T>();
  }
  /// The attribute struct, type erased; what OpDef's functions take.
  const void* attributes() const { return attributes_.get(); }

  /// Sets one attribute by its ONNX name. Fails for an unknown name or a value of another kind.
  Status set(std::string_view attribute, const AttributeValue& value);
  /// All attributes in declaration order; monostate for an optional one that is absent.
  std::vector<std::pair<std::string_view, AttributeValue>> attribute_values() const;

  friend bool operator==(const Op& a, const Op& b);

 private:
  const OpDef* def_;
  std::shared_ptr<const void> attributes_;  // immutable, so copies of an Op share it
};

}  // namespace tern
