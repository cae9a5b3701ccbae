#include "connectors/upstream/search/search_file.hpp"

#include <gmock/gmock.h>

#include "core/json/validate.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SearchFile : public testing::Test {
 protected:
  SearchFile() { EXPECT_TRUE(file->begin("names", 1)); }

  void put(const std::string& name, const std::string& summary,
           std::vector<std::string> others = {}) {
    const search_text text{{name}, {summary}, std::move(others)};
    ASSERT_TRUE(file->put("names", "/packages/" + name + ".json", ++version, text));
  }
  std::string answer(std::string_view query, std::size_t rows = 20, std::size_t page = 1) {
    auto asked = search_question::of(query);
    asked.rows = rows;
    asked.page = page;
    const auto got = file->find("names", asked);
    return got ? *got : "error: " + got.error().text();
  }
  /// `name match`, in their order.
  std::vector<std::string> found(std::string_view query) {
    std::vector<std::string> out;
    json::reader reader(1 << 20);
    const auto text = answer(query);
    const auto root = reader.read(text);
    EXPECT_TRUE(root) << text;
    for (const auto row : simdjson::dom::array((*root)["rows"]))
      out.push_back(std::string(std::string_view(row["name"])) + " " +
                    std::string(std::string_view(row["match"])));
    return out;
  }

  std::unique_ptr<search_file> file = search_file::open("").value();
  std::uint64_t version = 0;
};

TEST_F(SearchFile, ExactThenSubPackagesThenPrefixesThenWords) {
  put("guake", "Drop-down terminal for GNOME");
  put("guake-indicator", "Menu for remote shells");
  put("terminal", "A terminal called terminal");
  put("yakuake", "A drop-down terminal, as guake is");
  put("tools", "Things", {"guake", "terminal-tools"});
  EXPECT_THAT(found("guake"),
              ElementsAre("guake exact", "tools exact", "guake-indicator prefix", "yakuake words"));
  EXPECT_THAT(found("GUAKE"),
              ElementsAre("guake exact", "tools exact", "guake-indicator prefix", "yakuake words"));
  EXPECT_THAT(found("gua"), ElementsAre("guake prefix", "guake-indicator prefix", "tools prefix",
                                        "yakuake words"));
  EXPECT_THAT(found("drop-down term"), ElementsAre("guake prefix", "yakuake words"));
  EXPECT_THAT(found("terminal"),
              ElementsAre("terminal exact", "tools prefix", testing::_, testing::_));
  EXPECT_THAT(found("nothing"), IsEmpty());
}

TEST_F(SearchFile, APageIsFoundAsItIsNow) {
  put("a", "old words");
  put("a", "new ones");
  EXPECT_THAT(found("old"), IsEmpty());
  EXPECT_THAT(found("new"), ElementsAre("a prefix"));
  EXPECT_THAT(found("ones"), ElementsAre("a words"));
  EXPECT_EQ(file->version("names", "/packages/a.json").value(), 2u);
  ASSERT_TRUE(file->remove("names", "/packages/a.json"));
  ASSERT_TRUE(file->remove("names", "/packages/a.json"));
  EXPECT_THAT(found("a"), IsEmpty());
  EXPECT_THAT(found("new"), IsEmpty());
  EXPECT_EQ(file->version("names", "/packages/a.json").value(), 0u);
}

TEST_F(SearchFile, OddCharactersAreSafe) {
  put("gtk+", "A \"toolkit\"");
  put("c++-gtk-utils", "100% of it");
  put("日本語", "ペラペラ");
  EXPECT_THAT(found("gtk+"), ElementsAre("gtk+ exact", "c++-gtk-utils words"));
  EXPECT_THAT(found("日本"), ElementsAre("日本語 prefix"));
  for (const auto* odd :
       {"\"", "*", "NEAR(", "a OR", "title:x", "' ; DROP TABLE page; --", "%", "\\", "^", "{}",
        "\xF4\x8F\xBF\xBF", "AND", "-", "()", "\"\"\"", "a\"*"}) {
    EXPECT_EQ(answer(odd).find("error"), std::string::npos) << odd << ": " << answer(odd);
  }
  EXPECT_THAT(found(""), IsEmpty());
}

TEST_F(SearchFile, PagesOfAnAnswer) {
  for (int i = 0; i < 45; ++i) put("p" + std::to_string(100 + i), "x");
  EXPECT_THAT(answer("p", 20, 3), testing::HasSubstr("\"total\":45,\"page\":3,\"pages\":3}"));
  EXPECT_THAT(answer("p", 20, 3), testing::HasSubstr("\"name\":\"p144\""));
  EXPECT_THAT(answer("p", 2, 1),
              testing::HasSubstr("{\"@id\":\"/packages/p100.json\",\"name\":\"p100\",\"match\":"
                                 "\"prefix\",\"text\":[[\"p100\"],[\"x\"],[]]}"));
}

TEST_F(SearchFile, AnotherDefinitionForgetsWhatTheFirstMade) {
  put("a", "x");
  ASSERT_TRUE(file->begin("names", 1));
  EXPECT_THAT(found("a"), ElementsAre("a exact"));
  ASSERT_TRUE(file->begin("names", 2));
  EXPECT_THAT(found("a"), IsEmpty());
  EXPECT_THAT(found("x"), IsEmpty());
}

TEST_F(SearchFile, BehindTheLastPageTheCountIsTheSame) {
  for (int i = 0; i < 45; ++i) put("p" + std::to_string(100 + i), "x");
  EXPECT_THAT(answer("p", 20, 9),
              testing::HasSubstr("\"rows\":[],\"total\":45,\"page\":9,\"pages\":3}"));
  EXPECT_THAT(answer("nothing", 20, 9),
              testing::HasSubstr("\"rows\":[],\"total\":0,\"page\":9,\"pages\":0}"));
}

TEST_F(SearchFile, AnothersPagesDoNotTakeTheRoom) {
  ASSERT_TRUE(file->begin("others", 1));
  for (std::size_t i = 0; i <= search_file::hits_max; ++i) {
    const search_text text{{"o" + std::to_string(i)}, {"a common word"}};
    ASSERT_TRUE(file->put("others", "/o/" + std::to_string(i), i + 1, text));
  }
  put("mine", "not so common");
  EXPECT_THAT(found("common"), ElementsAre("mine words"));
}

TEST_F(SearchFile, OneSearchDoesNotFindAnothersPages) {
  put("a", "x");
  ASSERT_TRUE(file->begin("others", 1));
  const search_text text{{"a"}, {"x"}};
  ASSERT_TRUE(file->put("others", "/o/a", 1, text));
  EXPECT_THAT(answer("a"), testing::HasSubstr("\"total\":1,"));
  EXPECT_THAT(answer("x"), testing::HasSubstr("\"total\":1,"));
}

}  // namespace
}  // namespace freshet
