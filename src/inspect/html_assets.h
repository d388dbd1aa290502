// Style and script of the page that html_report.h makes.
#pragma once

#include <string_view>

namespace tern::inspect {

extern const std::string_view kHtmlStyle;
extern const std::string_view kHtmlScript;

}  // namespace tern::inspect
