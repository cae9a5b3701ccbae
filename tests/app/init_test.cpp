#include <fstream>
#include <sstream>

#include "connectors/document/page_recipe.hpp"
#include "connectors/rules/rule_table.hpp"
#include "core/config/load.hpp"
#include "store/page/site.hpp"
#include "tests/app/cli.hpp"

namespace freshet::app {
namespace {

std::string printed(const std::string& name) {
  const auto seen = test::freshet({"init", name});
  EXPECT_EQ(seen.code, exit_ok);
  return seen.out;
}

std::string all_of(const std::vector<config::diagnostic>& problems) {
  std::string out;
  for (const auto& p : problems) out += config::render(p) + "\n";
  return out;
}

/// Everything that `freshet check` looks at.
std::vector<config::diagnostic> check(const std::string& text) {
  auto loaded = config::parse(text, "example");
  if (!loaded.ok()) return loaded.problems;
  metrics counts;
  std::vector<config::diagnostic> problems;
  const auto pages = site::compile(loaded.value.pages, problems);
  const rule_table rules(loaded.value, pages, counts, problems);
  for (std::size_t i = 0; i < loaded.value.pages.size(); ++i) {
    const auto id = static_cast<class_id>(i);
    page_recipe::compile(loaded.value, loaded.value.pages[i], pages.page(id), problems);
  }
  return problems;
}

TEST(Init, PrintsTheExamplesAsTheyAre) {
  for (const std::string example : {"minimal", "fedora/fedora", "freshports"}) {
    const auto name = example.substr(example.find('/') + 1);
    std::ifstream file(FRESHET_SOURCE_DIR "/examples/" + example + ".toml");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_GT(text.str().size(), 1000u) << name;
    EXPECT_EQ(printed(name), text.str()) << name;
  }
  EXPECT_EQ(test::freshet({"init"}).code, exit_usage);
  EXPECT_EQ(test::freshet({"init", "maximal"}).code, exit_usage);
}

TEST(Init, MinimalAndFedoraAreAccepted) {
  EXPECT_EQ(all_of(check(printed("minimal"))), "");
  EXPECT_EQ(all_of(check(printed("fedora"))), "");
}

TEST(Init, FreshportsOnlyNamesWhatIsNotBuiltIn) {
  const auto problems = check(printed("freshports"));
  EXPECT_FALSE(problems.empty());
  for (const auto& p : problems) EXPECT_TRUE(p.not_built_in) << config::render(p);
}

/// What the examples say in comments must be right too: the alternatives, made real.
TEST(Init, TheAlternativesOfMinimalAreAccepted) {
  auto text = printed("minimal");
  const auto replace = [&](const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  replace("kind = \"demo\"\nrate = 2", "#");
  replace("kind = \"demo\"\nlatency = \"200ms\"", "#");
  for (const std::string key : {"kind = \"zmq\"", "connect", "topics", "expect_every",
                                "kind = \"http\"", "url", "headers", "limits"}) {
    replace("#   " + key, key);
  }
  EXPECT_EQ(all_of(check(text)), "");
}

/// Lines that are commented out, and not prose: `#key = ...` without a space.
TEST(Init, TheCommentedLinesOfFedoraAreAccepted) {
  auto text = printed("fedora");
  int made_real = 0;
  for (std::size_t at = text.find("\n#"); at != text.npos; at = text.find("\n#", at + 1)) {
    if (at + 2 >= text.size() || text[at + 2] == ' ' || text[at + 2] == '\n') continue;
    text.erase(at + 1, 1);
    ++made_real;
  }
  EXPECT_GE(made_real, 10);
  EXPECT_EQ(all_of(check(text)), "");
}

}  // namespace
}  // namespace freshet::app
