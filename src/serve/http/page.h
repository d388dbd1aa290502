// The page at "/": the models for a person with a browser, with a form to try each.
#pragma once

#include <string>
#include <string_view>

#include "serve/repository/repository.h"

namespace tern::serve {

/// One HTML document without external parts.
std::string write_page(std::string_view server_name, const Repository& repository);

/// What a browser may do with it, for Content-Security-Policy.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace tern::serve
