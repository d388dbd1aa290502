// A model as one HTML page: what inspect_model reports, its graph as a picture, the plan of memory
// and a table of the nodes that can be sorted and searched.
#pragma once

#include <string>

#include "inspect/model_report.h"

namespace tern::inspect {

/// The page needs nothing else: style, script and pictures are in it, and it may fetch nothing. The
/// script reads <script id="data" type="application/json">: {"views": [{"title", "running",
/// "nodes": [{"id", "name", "op", "attributes", "inputs", "outputs", "kernel", "shapes", "flops",
/// "bytes"}, ...]}, ...]}, the numbers only where a run was planned; the pictures of the views are
/// the elements with ids "view0", "view1", ... in the same order.
std::string to_html(const ModelReport& report, const ModelGraphs& graphs);

}  // namespace tern::inspect
