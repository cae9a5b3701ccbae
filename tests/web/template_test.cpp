#include "web/template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "web/assets.hpp"

namespace freshet::web {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Template, FillsAndEscapes) {
  EXPECT_EQ(fill("a {{x}} {{none}}b {{", {{{"x", "<\"'&>"}}, {}}),
            "a &lt;&quot;&#39;&amp;&gt; b {{");
}

TEST(Template, RepeatsForEachAndSeesTheOuterValues) {
  values v;
  v.text["base"] = "B";
  v.lists["p"] = {{{{"n", "1"}}, {}}, {{{"n", "2"}}, {}}};
  EXPECT_EQ(fill("[{{#p}}{{base}}{{n}};{{/p}}]{{#none}}x{{/none}}", v), "[B1;B2;]");
}

TEST(Template, AValueIsNotATemplate) {
  EXPECT_EQ(fill("{{x}}", {{{"x", "{{y}}"}, {"y", "no"}}, {}}), "{{y}}");
}

TEST(Assets, AreWhole) {
  EXPECT_THAT(std::string(live_js), HasSubstr("export function live("));
  EXPECT_TRUE(live_js.ends_with("});\n"));
  EXPECT_TRUE(demo_html.starts_with("<!doctype html>"));
  EXPECT_TRUE(demo_html.ends_with("</script>\n"));
  EXPECT_TRUE(tutorial_html.ends_with("</html>\n"));
}

TEST(Assets, TemplatesNeedNothingFromElsewhere) {
  values v;
  v.text = {{"pages", R"(["/a.json"])"}, {"base", "BASE"},  {"first", "/a.json"},
            {"example", "/a.json"},      {"location", "/"}, {"upstream", "http://h"}};
  v.lists["pages"] = {{{{"name", "a"}, {"path", "/{a}.json"}}, {}}};
  for (const auto asset : {demo_html, tutorial_html}) {
    const auto out = fill(asset, v);
    EXPECT_THAT(out, Not(HasSubstr("{{")));
    EXPECT_THAT(out, Not(HasSubstr("src=\"http")));
    EXPECT_THAT(out, Not(HasSubstr("<link rel=\"stylesheet")));
    EXPECT_THAT(out, Not(HasSubstr("@import")));
  }
  EXPECT_THAT(fill(demo_html, v), HasSubstr("data-pages=\"[&quot;/a.json&quot;]\""));
  EXPECT_THAT(fill(tutorial_html, v), HasSubstr("<code>/{a}.json</code>"));
}

}  // namespace
}  // namespace freshet::web
