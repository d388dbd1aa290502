// How failures are told over HTTP: the one place that maps status codes.
#pragma once

#include "net/http_message.h"
#include "tern/status.h"

namespace tern::serve {

/// 200 for kOk, 400 for kInvalidArgument, 404 for kNotFound, 503 for kResourceExhausted (try again
/// later) and kUnavailable, 504 for kDeadlineExceeded, 500 for what is nobody's fault.
int http_status(StatusCode code);

/// {"error": "<message>"} with the status for it.
net::HttpResponse error_response(const Status& status);

}  // namespace tern::serve
