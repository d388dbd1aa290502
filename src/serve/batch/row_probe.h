// Row probe: whether requests to a model may be joined.
#pragma once

#include "serve/batch/scheduler.h"
#include "serve/batch/signature.h"

namespace tern::serve {

/// True when the model gives for rows together what it gives for each alone: it is run on random
/// rows to see. An open first size may be a sequence or a set as well as a batch, and
/// nothing in a model file tells them apart. Open sizes inside of rows are tried with a few
/// numbers; a model that runs with none of them is not joined.
bool rows_are_independent(const Signature& signature, const RunModel& run);

}  // namespace tern::serve
