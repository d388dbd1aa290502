// What the columns of a CSV file are: found once, on the data that a model is trained with.
#pragma once

#include "train/data/csv_table.h"

namespace tern {

/// Reads all of the table, two or three times when columns have text.
Result<CsvSchema> fit_schema(const CsvTable& table, const CsvOptions& options);

}  // namespace tern
