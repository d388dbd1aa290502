// Precompiled for the operators' sources: nearly every one includes these, and parsing them once
// makes its compilation five times shorter. Sources still include what they use.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/fold.h"
#include "ops/reference.h"
#include "tern/functions.h"
