// Formulas in a graph: what arithmetic nodes compute, as a polynomial, so that a formula is
// recognised in whatever order its nodes stand.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "tern/graph.h"

namespace tern::passes {

/// A polynomial in two unknowns x and t with exponents up to 4, computed in f64.
class Polynomial {
 public:
  static constexpr int kMaxExponent = 4;
  struct Term {
    int x = 0;
    int t = 0;
    double coefficient = 0;
  };

  Polynomial() = default;
  explicit Polynomial(const Term& term) { at(term.x, term.t) = term.coefficient; }

  double coefficient(int x, int t = 0) const { return terms_[index(x, t)]; }
  /// The value of a polynomial without unknowns.
  std::optional<double> constant() const;
  /// True when the terms are these and no others, each within `tolerance` of its size.
  bool is(std::initializer_list<Term> terms, double tolerance) const;

  void add(const Polynomial& other, double factor);
  /// nullopt when an exponent would be above kMaxExponent.
  std::optional<Polynomial> times(const Polynomial& other) const;

 private:
  static std::size_t index(int x, int t) {
    return static_cast<std::size_t>(x * (kMaxExponent + 1) + t);
  }
  double& at(int x, int t) { return terms_[index(x, t)]; }

  std::array<double, (kMaxExponent + 1) * (kMaxExponent + 1)> terms_{};
};

/// What Add, Sub, Mul, Div, Neg and Pow make of `x`, `t` (kNoValue: there is no t) and scalar
/// constants; nullopt when anything else takes part.
std::optional<Polynomial> polynomial_of(const Graph& graph, ValueId value, ValueId x,
                                        ValueId t = kNoValue);

/// The values that `value` may be a polynomial in: itself and what lies under its arithmetic.
std::vector<ValueId> possible_unknowns(const Graph& graph, ValueId value);

/// Values that arithmetic makes of `value` step by step, as long as nothing else uses what is in
/// between; the nearest first.
std::vector<ValueId> arithmetic_above(const Graph& graph, ValueId value);

/// How far a constant of a formula may be off: exporters round it to the model's element type.
double formula_tolerance(DType dtype);

/// `result` has the shape of `x`, one being made of the other and of scalars.
bool keeps_shape(const Graph& graph, ValueId x, ValueId result);

}  // namespace tern::passes
