#include "base/html.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(HtmlEscaped, ReplacesWhatHtmlReads) {
  EXPECT_EQ(html_escaped(R"(a<b>&"c"'d')"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;");
}

}  // namespace
}  // namespace tern
