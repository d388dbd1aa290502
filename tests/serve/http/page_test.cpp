#include "serve/http/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/serve/models.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::serve {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Page, ShowsModelsWithAFormAndFailuresWithTheirReason) {
  const testing::TempDir folder;
  write_model(two_input_graph(), folder.file("two & two.onnx"));
  (void)folder.write("<b>.onnx", "broken");
  SystemClock clock;
  Metrics metrics;
  Repository repository({.path = folder.path(), .model = {.pool = std::make_shared<ThreadPool>(1)}},
                        clock, metrics);
  EXPECT_FALSE(repository.load_all().ok());
  const std::string html = write_page("my <server>", repository);
  EXPECT_THAT(html, HasSubstr("<h1>my &lt;server&gt; "));
  EXPECT_THAT(html, HasSubstr("two &amp; two <small>version 1, <span class=\"ready\">"));
  EXPECT_THAT(html, HasSubstr("data-target=\"/predict/two%20%26%20two\""));
  EXPECT_THAT(html, HasSubstr("<td>a</td><td><code>f32[N,2]</code></td>"));
  EXPECT_THAT(html,
              HasSubstr("{&quot;inputs&quot;:{&quot;a&quot;:[[0,0]],&quot;b&quot;:[[0,0]]}}"));
  EXPECT_THAT(html, HasSubstr("&lt;b&gt; <small>version 1, <span class=\"failed\">failed"));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, Not(HasSubstr("http://"))) << "nothing comes from elsewhere";
}

}  // namespace
}  // namespace tern::serve
