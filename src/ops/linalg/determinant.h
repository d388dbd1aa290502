// Determinants of small dense matrices and their derivatives, in double.
#pragma once

#include <cstdint>
#include <vector>

namespace tern::ops {

/// The determinant of an n x n matrix, row-major, by elimination with row exchanges.
double determinant(std::vector<double> matrix, std::int64_t n);

/// The derivative of the determinant with respect to every element: the signed minors. Exact also
/// for a singular matrix.
std::vector<double> cofactors(const std::vector<double>& matrix, std::int64_t n);

}  // namespace tern::ops
