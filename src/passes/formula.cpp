#include "passes/formula.h"

#include <algorithm>
#include <cmath>

#include "passes/rewrite.h"
#include "tern/ops/math.h"

namespace tern::passes {
namespace {

// Formulas of exporters have a dozen nodes at most.
constexpr int kMaxDepth = 12;
constexpr int kMaxNodes = 64;
constexpr std::size_t kMaxSteps = 6;

bool is_arithmetic(const Op& op) {
  return op.is<ops::Add>() || op.is<ops::Sub>() || op.is<ops::Mul>() || op.is<ops::Div>() ||
         op.is<ops::Neg>() || op.is<ops::Pow>();
}

class Expansion {
 public:
  Expansion(const Graph& graph, ValueId x, ValueId t) : graph_(graph), x_(x), t_(t) {}

  std::optional<Polynomial> of(ValueId id, int depth) {
    if (id == x_) return Polynomial({.x = 1, .coefficient = 1});
    if (id == t_) return Polynomial({.t = 1, .coefficient = 1});
    if (const std::optional<double> value = constant_scalar(graph_, id)) {
      return Polynomial({.coefficient = *value});
    }
    const Node* node = producer_of(graph_, id);
    if (node == nullptr || depth == 0 || nodes_left_-- == 0 || !is_arithmetic(node->op)) {
      return std::nullopt;
    }
    std::optional<Polynomial> a = of(node->inputs[0], depth - 1);
    if (!a) return std::nullopt;
    if (node->op.is<ops::Neg>()) return scaled(*a, -1);
    const std::optional<Polynomial> b = of(node->inputs[1], depth - 1);
    if (!b) return std::nullopt;
    if (node->op.is<ops::Mul>()) return a->times(*b);
    if (node->op.is<ops::Div>()) return quotient(*a, *b);
    if (node->op.is<ops::Pow>()) return power(*a, *b);
    a->add(*b, node->op.is<ops::Add>() ? 1 : -1);
    return a;
  }

 private:
  static Polynomial scaled(const Polynomial& p, double factor) {
    Polynomial result;
    result.add(p, factor);
    return result;
  }

  static std::optional<Polynomial> quotient(const Polynomial& p, const Polynomial& q) {
    const std::optional<double> divisor = q.constant();
    if (!divisor || *divisor == 0) return std::nullopt;
    return scaled(p, 1 / *divisor);
  }

  static std::optional<Polynomial> power(const Polynomial& p, const Polynomial& exponent) {
    const std::optional<double> times = exponent.constant();
    if (!times || (*times != 1 && *times != 2 && *times != 3 && *times != 4)) return std::nullopt;
    std::optional<Polynomial> result = p;
    for (int i = 1; i < *times && result; ++i) result = result->times(p);
    return result;
  }

  const Graph& graph_;
  ValueId x_;
  ValueId t_;
  int nodes_left_ = kMaxNodes;
};

}  // namespace

std::optional<double> Polynomial::constant() const {
  const bool alone = std::ranges::all_of(terms_.begin() + 1, terms_.end(),
                                         [](double coefficient) { return coefficient == 0; });
  return alone ? std::optional(terms_[0]) : std::nullopt;
}

bool Polynomial::is(std::initializer_list<Term> terms, double tolerance) const {
  Polynomial rest = *this;
  double largest = 0;
  for (const Term& term : terms) {
    const double difference = std::abs(coefficient(term.x, term.t) - term.coefficient);
    if (!(difference <= tolerance * std::abs(term.coefficient))) return false;
    largest = std::max(largest, std::abs(term.coefficient));
    rest.at(term.x, term.t) = 0;
  }
  return std::ranges::all_of(rest.terms_,
                             [&](double extra) { return std::abs(extra) <= tolerance * largest; });
}

void Polynomial::add(const Polynomial& other, double factor) {
  for (std::size_t i = 0; i < terms_.size(); ++i) terms_[i] += factor * other.terms_[i];
}

std::optional<Polynomial> Polynomial::times(const Polynomial& other) const {
  Polynomial product;
  for (int x = 0; x <= kMaxExponent; ++x) {
    for (int t = 0; t <= kMaxExponent; ++t) {
      if (coefficient(x, t) == 0) continue;
      for (int u = 0; u <= kMaxExponent; ++u) {
        for (int v = 0; v <= kMaxExponent; ++v) {
          if (other.coefficient(u, v) == 0) continue;
          if (x + u > kMaxExponent || t + v > kMaxExponent) return std::nullopt;
          product.at(x + u, t + v) += coefficient(x, t) * other.coefficient(u, v);
        }
      }
    }
  }
  return product;
}

std::optional<Polynomial> polynomial_of(const Graph& graph, ValueId value, ValueId x, ValueId t) {
  return Expansion(graph, x, t).of(value, kMaxDepth);
}

std::vector<ValueId> possible_unknowns(const Graph& graph, ValueId value) {
  constexpr std::size_t kMost = 16;
  std::vector<ValueId> found{value};
  for (std::size_t i = 0; i < found.size() && found.size() < kMost; ++i) {
    const Node* node = producer_of(graph, found[i]);
    if (node == nullptr || !is_arithmetic(node->op)) continue;
    for (const ValueId input : node->inputs) {
      const bool known = constant_scalar(graph, input).has_value();
      if (!known && std::ranges::find(found, input) == found.end()) found.push_back(input);
    }
  }
  return found;
}

std::vector<ValueId> arithmetic_above(const Graph& graph, ValueId value) {
  std::vector<ValueId> above;
  while (above.size() < kMaxSteps) {
    const NodeId user = only_user(graph, above.empty() ? value : above.back());
    if (user == kNoNode || !is_arithmetic(graph.node(user).op)) break;
    above.push_back(graph.node(user).outputs[0]);
  }
  return above;
}

double formula_tolerance(DType dtype) {
  if (dtype == DType::kF16) return 1e-3;
  return dtype == DType::kBF16 ? 1e-2 : 1e-5;
}

bool keeps_shape(const Graph& graph, ValueId x, ValueId result) {
  const TypeInfo& from = graph.value(x).type;
  const TypeInfo& to = graph.value(result).type;
  return from.dtype == to.dtype && is_floating(from.dtype) && from.has_rank && to.has_rank &&
         from.rank() == to.rank();
}

}  // namespace tern::passes
