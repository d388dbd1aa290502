// Headers that nearly every operator includes, compiled once.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <variant>
#include <vector>

#include "graph/op_def.h"
