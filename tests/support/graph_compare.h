// Comparison of graphs in tests.
#pragma once

#include <gtest/gtest.h>

#include "tern/graph.h"

namespace tern::testing {

/// The same in everything but ids: names, order, types, attributes, every bit of the tensors.
/// Constants whose elements were dropped do not count.
::testing::AssertionResult same_graph(const Graph& a, const Graph& b);

}  // namespace tern::testing
