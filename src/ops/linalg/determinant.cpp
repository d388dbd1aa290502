#include "ops/linalg/determinant.h"

#include <cmath>
#include <utility>

namespace tern::ops {

double determinant(std::vector<double> matrix, std::int64_t n) {
  const auto at = [&](std::int64_t row, std::int64_t column) -> double& {
    return matrix[static_cast<std::size_t>(row * n + column)];
  };
  double product = 1;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t pivot = k;
    for (std::int64_t row = k + 1; row < n; ++row) {
      if (std::abs(at(row, k)) > std::abs(at(pivot, k))) pivot = row;
    }
    if (at(pivot, k) == 0) return 0;
    if (pivot != k) {
      for (std::int64_t column = k; column < n; ++column) {
        std::swap(at(pivot, column), at(k, column));
      }
      product = -product;
    }
    product *= at(k, k);
    for (std::int64_t row = k + 1; row < n; ++row) {
      const double factor = at(row, k) / at(k, k);
      for (std::int64_t column = k; column < n; ++column) {
        at(row, column) -= factor * at(k, column);
      }
    }
  }
  return product;
}

std::vector<double> cofactors(const std::vector<double>& matrix, std::int64_t n) {
  std::vector<double> result;
  for (std::int64_t row = 0; row < n; ++row) {
    for (std::int64_t column = 0; column < n; ++column) {
      std::vector<double> minor;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          if (i != row && j != column) minor.push_back(matrix[static_cast<std::size_t>(i * n + j)]);
        }
      }
      const double sign = (row + column) % 2 == 0 ? 1 : -1;
      result.push_back(sign * determinant(std::move(minor), n - 1));
    }
  }
  return result;
}

}  // namespace tern::ops
