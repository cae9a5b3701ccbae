#include "store/page/page_values.hpp"

#include <gtest/gtest.h>

#include "core/url/json_template.hpp"
#include "core/url/url_template.hpp"
#include "tests/store/page/pages.hpp"

namespace freshet {
namespace {

TEST(PageValues, ParametersAndPointersFillTemplates) {
  const auto pages =
      make_site({make_page("p", "/{user}.json?q&page=1", {integer_parameter("page", 1, 9)})});
  const auto key = pages.find("/ann.json?page=2").key;
  simdjson::dom::parser parser;
  const simdjson::dom::element document =
      parser.parse(std::string_view(R"({"config":{"email":"a@b","n":7,"list":[1]}})"));
  const auto lookup = lookup_in(pages.page(0), key, &document);

  const auto url = [&](std::string_view text) {
    const auto made = url_template::parse(text)->expand(lookup);
    return made ? *made : made.error().detail;
  };
  EXPECT_EQ(url("/u/{user|upper}?q={q}&p={page}&e={/config/email}&x={/config/none}"),
            "/u/ANN?p=2&e=a%40b");
  EXPECT_EQ(url("/{nobody}"), "p has no parameter nobody");
  EXPECT_TRUE(url("/{/config/list}").starts_with("{/config/list}: expected a string"));
  const auto json = json_template::parse(
      R"({"p":"{page}","u":"{user}","n":"{/config/n}","q":"{q}","x":"{/none}"})");
  EXPECT_EQ(json->expand(lookup).value(), R"({"p":2,"u":"ann","n":7})");
  EXPECT_EQ(json->expand(lookup_in(pages.page(0), key, nullptr)).value(), R"({"p":2,"u":"ann"})");
}

TEST(PageValues, NamesAreCheckedAhead) {
  const auto pages = make_site({make_page("p", "/{user}.json?q")});
  const auto check = [&](std::string_view text) {
    return check_names(pages.page(0), url_template::parse(text)->placeholders()).has_value();
  };
  EXPECT_TRUE(check("/{user}?q={q}&e={/config/email}"));
  EXPECT_FALSE(check("/{user}?q={branch}"));
}

}  // namespace
}  // namespace freshet
