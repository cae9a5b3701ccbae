#include "connectors/lint/rule_lint.hpp"

#include <gmock/gmock.h>

#include "core/config/load.hpp"

namespace freshet {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A configuration and recorded events; findings as `kind rule: message`, notes in brackets.
class lint_under_test {
 public:
  explicit lint_under_test(std::string_view toml) : loaded_(config::parse(toml, "c.toml")) {
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded_.value.pages, problems);
    rules_.emplace(loaded_.value, pages_, counts_, problems);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
    lint_.emplace(loaded_.value, pages_, *rules_, "b");
  }
  void know(std::string_view path) { EXPECT_TRUE(lint_->know(path)) << path; }
  void take(std::string_view topic, std::string_view msg, int times = 1) {
    for (int i = 0; i < times; ++i)
      lint_->take("{\"topic\":\"" + std::string(topic) + "\",\"msg\":" + std::string(msg) + "}");
  }
  void take_line(std::string_view line) { lint_->take(line); }
  lint_report report() const { return lint_->report(); }
  std::vector<std::string> found() const {
    std::vector<std::string> out;
    for (const auto& f : report().findings) {
      const auto text = std::string(name_of(f.kind)) + " " + f.rule + ": " + f.said.message;
      out.push_back(f.problem ? text : "(" + text + ")");
    }
    return out;
  }

 private:
  config::loaded loaded_;
  site pages_;
  metrics counts_;
  std::optional<rule_table> rules_;
  std::optional<rule_lint> lint_;
};

std::string page(std::string_view on, std::string_view more = "") {
  return "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
         "[page.p]\npath = '/p/{package}.json'\n"
         "fetch = [{ upstream = 'u', get = '/x' }]\n" +
         std::string(more) + "\non = [" + std::string(on) + "]\n";
}

TEST(RuleLint, ARuleThatDoesItsWorkIsNotMentioned) {
  lint_under_test lint(page("{ topic = 'a.#', set = { package = '/msg/name' } }"));
  lint.take("a.b", R"({"name":"guake"})");
  EXPECT_THAT(lint.found(), IsEmpty());
  const auto row = lint.report().rules.at(0);
  EXPECT_EQ(row.fit, 1u);
  EXPECT_EQ(row.matched, 1u);
  EXPECT_EQ(row.pages, 1u);
  EXPECT_EQ(row.calls, 1u);
}

TEST(RuleLint, ATopicThatNeverComesIsNamedWithTheMostAlikeOne) {
  lint_under_test lint(
      page("{ topic = 'org.*.buildsys.build.state.changed', set = { package = '/msg/name' } }"));
  lint.take("org.prod.buildsys.build.state.change", R"({"name":"guake"})");
  const auto found = lint.report().findings;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, lint_kind::never);
  EXPECT_TRUE(found[0].problem);
  EXPECT_EQ(found[0].said.where.file, "c.toml");
  EXPECT_EQ(found[0].said.where.line, 8u);
  EXPECT_THAT(found[0].said.hint, HasSubstr("org.prod.buildsys.build.state.change"));
}

TEST(RuleLint, AConditionThatNeverHoldsIsToldWithWhatWasThere) {
  lint_under_test lint(
      page("{ topic = '#', where = { '/msg/instance' = 'primary' }, set = { package = "
           "'/msg/name' } }"));
  lint.take("t", R"({"name":"guake","instance":"ppc"})", 2);
  EXPECT_THAT(
      lint.found(),
      ElementsAre(AllOf(HasSubstr("never p.on[0]"), HasSubstr("where \"/msg/instance\""),
                        HasSubstr("2 events"), HasSubstr("primary"), HasSubstr("\"ppc\""))));
}

TEST(RuleLint, AMatchThatBindsNothing) {
  lint_under_test always(page("{ topic = '#', set = { package = '/msg/name' } }"));
  always.take("t", R"({"nome":"guake"})");
  EXPECT_THAT(always.found(),
              ElementsAre(AllOf(HasSubstr("unbound p.on[0]: set package yields nothing in 1 of 1"),
                                HasSubstr("not there"))));

  lint_under_test sometimes(page("{ topic = '#', set = { package = '/msg/name' } }"));
  sometimes.take("t", R"({"name":null})");
  sometimes.take("t", R"({"name":"guake"})");
  EXPECT_THAT(sometimes.found(), ElementsAre(AllOf(HasSubstr("(unbound"), HasSubstr("1 of 2"),
                                                   HasSubstr("null or empty"))));
}

// S5: Bugzilla 5 sends objects where Bugzilla 4 sent words; rules fell silent without an error.
TEST(RuleLint, AFieldThatBecameAnObjectIsAProblem) {
  constexpr auto old_bug = R"({"bug":{"component":"pcp","product":"Fedora"}})";
  constexpr auto new_bug = R"({"bug":{"component":{"name":"pcp"},"product":{"name":"Fedora"}}})";
  lint_under_test taken(page("{ topic = '#', set = { package = '/msg/bug/component' } }"));
  taken.take("t", old_bug, 2);
  taken.take("t", new_bug, 3);
  const auto found = taken.report().findings;
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].kind, lint_kind::type);
  EXPECT_EQ(found[0].events, 3u);
  EXPECT_EQ(found[0].line, 3u);
  EXPECT_THAT(found[0].said.message, HasSubstr("could be read in 2, first in line 1"));

  lint_under_test asked(
      page("{ topic = '#', where = { '/msg/bug/product' = 'Fedora' }, set = { package = "
           "['/msg/bug/component/name', '/msg/bug/component'] } }"));
  asked.take("t", old_bug);
  asked.take("t", new_bug);
  EXPECT_THAT(asked.found(), ElementsAre(AllOf(HasSubstr("type p.on[0]"),
                                               HasSubstr("where \"/msg/bug/product\""))));
}

TEST(RuleLint, BothFormsInOneListOrInTwoRulesAreFine) {
  for (const auto* on :
       {"{ topic = '#', set = { package = ['/msg/component/name', '/msg/component'] } }",
        "{ topic = '#', set = { package = '/msg/component' } },"
        "{ topic = '#', set = { package = '/msg/component/name' } }"}) {
    lint_under_test lint(page(on));
    lint.take("t", R"({"component":"pcp"})");
    lint.take("t", R"({"component":{"name":"pcp"}})");
    for (const auto& f : lint.report().findings) EXPECT_FALSE(f.problem) << f.said.message;
  }
}

TEST(RuleLint, AFieldThatVanishedIsAProblem) {
  lint_under_test lint(page("{ topic = '#', set = { package = '/msg/name' } }"));
  lint.take("t", R"({"name":"guake"})", 5);
  lint.take("t", R"({"package":"guake"})", 3);
  EXPECT_THAT(lint.found(),
              testing::Contains(AllOf(HasSubstr("vanished p.on[0]: set package"),
                                      HasSubstr("5 events of t and nothing in the last 3"))));
}

// S4: a bug moved from component A to B, and only B was refreshed.
TEST(RuleLint, AChangeOfWhichOneSideIsUsed) {
  constexpr auto moved = R"({"bug":{"component":"pcp"},"changes":[
      {"field":"component","removed":"selinux-policy","added":"pcp"}]})";
  lint_under_test half(page("{ topic = '#', set = { package = '/msg/bug/component' } }"));
  half.take("t", moved);
  const auto found = half.report().findings;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, lint_kind::one_side);
  EXPECT_TRUE(found[0].problem);
  EXPECT_THAT(found[0].said.message, HasSubstr("selinux-policy"));
  EXPECT_THAT(found[0].said.hint, HasSubstr("/msg/changes/*/removed"));

  lint_under_test whole(
      page("{ topic = '#', set = { package = '/msg/bug/component' } },"
           "{ topic = '#', each = '/msg/changes', where = { '/each/field' = 'component' }, set = { "
           "package = '/each/removed' } }"));
  whole.take("t", moved);
  EXPECT_THAT(whole.found(), IsEmpty());
}

TEST(RuleLint, OfRowsOnlyOneColumnIsAName) {
  lint_under_test lint(
      page("{ topic = '#', set = { package = '/msg/d/added/*/0' } },"
           "{ topic = '#', set = { package = '/msg/d/removed/*/0' } }"));
  lint.take("t", R"({"d":{"added":[["vim","1.12"]],"removed":[["guake","2.4.4"]]}})");
  EXPECT_THAT(lint.found(), IsEmpty());
}

TEST(RuleLint, ShortValuesAreComparedOnlyWhereTheRuleReadsThem) {
  constexpr auto change = R"({"name":"1","old":3,"new":1})";
  lint_under_test by_name(page("{ topic = '#', set = { package = '/msg/name' } }"));
  by_name.take("t", change);
  EXPECT_THAT(by_name.found(), IsEmpty());
  lint_under_test by_state(page("{ topic = '#', set = { package = '/msg/new' } }"));
  by_state.take("t", change);
  EXPECT_THAT(by_state.found(), ElementsAre(HasSubstr("one_side p.on[0]")));
}

// S3: the rule gave the release's name (F22), the page's key was the branch (f22).
TEST(RuleLint, ValuesThatMeetNoPage) {
  const auto config = page("{ topic = '#', set = { package = '/msg/release' } }");
  lint_under_test asked(config);
  asked.know("/p/f22.json");
  asked.take("t", R"({"release":"F22"})");
  EXPECT_THAT(asked.found(), ElementsAre(HasSubstr("unmet p.on[0]: none of the pages"),
                                         AllOf(HasSubstr("unmet"), HasSubstr("F22 for f22"))));
  EXPECT_THAT(asked.report().findings[1].said.hint, HasSubstr("lower = true"));

  lint_under_test listed(page("{ topic = '#', set = { package = '/msg/release' } }",
                              "warm = { keys = { package = ['rawhide'] } }"));
  listed.take("t", R"({"release":"F22"})");
  EXPECT_THAT(listed.found(), ElementsAre(HasSubstr("unmet p.on[0]: none of the pages")));
  listed.take("t", R"({"release":"rawhide"})");
  EXPECT_THAT(listed.found(), ElementsAre(HasSubstr("(unmet p.on[0]: 1 of 2 pages")));

  lint_under_test silent(config);
  silent.take("t", R"({"release":"F22"})");
  EXPECT_THAT(silent.found(), IsEmpty()) << "nobody said which pages there are";
}

TEST(RuleLint, TwoRulesThatSpellOneValueInTwoWays) {
  lint_under_test lint(
      page("{ topic = 'a', set = { package = '/msg/branch' } },"
           "{ topic = 'b', set = { package = '/msg/release' } }"));
  lint.take("a", R"({"branch":"f22"})");
  lint.take("b", R"({"release":"F22"})");
  EXPECT_THAT(lint.found(), ElementsAre(AllOf(HasSubstr("unmet p.on[1]"), HasSubstr("two pages"))));
}

TEST(RuleLint, ValuesThatTheParameterRefuses) {
  lint_under_test lint(page("{ topic = '#', set = { package = '/msg/release' } }",
                            "param = { package = { in = ['f21', 'f22'] } }"));
  lint.take("t", R"({"release":"F22"})");
  EXPECT_THAT(lint.found(), ElementsAre(AllOf(HasSubstr("refused p.on[0]: parameter package"),
                                              HasSubstr("\"F22\""))));
}

TEST(RuleLint, ATagThatNoPageGoesBy) {
  const auto tag = std::string("[[tag]]\ntopic = 'a.#'\nset = { package = '/msg/name' }\n");
  lint_under_test apart(tag + page("{ topic = 'b.#', by = 'package' }"));
  apart.take("a.b", R"({"name":"guake"})");
  EXPECT_THAT(apart.found(), ElementsAre(HasSubstr("unmet tag[0]"), HasSubstr("never p.on[0]")));
  lint_under_test together(tag + page("{ topic = '#', by = 'package' }"));
  together.take("a.b", R"({"name":"guake"})");
  EXPECT_THAT(together.found(), IsEmpty());
}

TEST(RuleLint, ARuleOfAnotherBusIsANoteUnlessTheRecordingIsOfIt) {
  lint_under_test lint(page("{ topic = '#', bus = 'other', all = true }") +
                       "[bus.other]\nkind = 'demo'\n");
  lint.take("t", "{}");
  EXPECT_THAT(lint.found(), ElementsAre(AllOf(HasSubstr("(never"), HasSubstr("bus other"))));
}

TEST(RuleLint, EachThatNamesNothing) {
  lint_under_test lint(
      page("{ topic = '#', each = '/msg/chances', set = { package = '/each/x' } }"));
  lint.take("t", R"({"changes":[{"x":"a"}]})");
  EXPECT_THAT(lint.found(),
              ElementsAre(HasSubstr("each \"/msg/chances\" names nothing in 1 of 1")));
}

TEST(RuleLint, CostIsCountedByRuleAndUpstream) {
  lint_under_test lint(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[upstream.v]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[page.p]\npath = '/p/{package}.json'\n"
      "fetch = [{ upstream = 'u', get = '/x', into = '/a' }, { upstream = 'v', get = '/y', into = "
      "'/b' }]\n"
      "on = [{ topic = 'one', set = { package = '/msg/name' }, parts = ['/b'] },"
      "{ topic = 'all', all = true }]\n");
  lint.take("one", R"({"name":"a"})", 3);
  lint.take("all", "{}");
  const auto report = lint.report();
  EXPECT_EQ(report.rules[0].calls, 3u);
  EXPECT_EQ(report.rules[1].calls, 2u);
  EXPECT_EQ(report.rules[1].every, 1u);
  EXPECT_EQ(report.calls[0], (std::pair<std::string, std::uint64_t>{"u", 1}));
  EXPECT_EQ(report.calls[1], (std::pair<std::string, std::uint64_t>{"v", 4}));
}

TEST(RuleLint, LinesThatAreNoEventAreCountedAndTheFirstIsNamed) {
  lint_under_test lint(page("{ topic = 't', set = { package = '/msg/name' } }"));
  lint.take("t", R"({"name":"guake"})");
  lint.take_line("{");
  lint.take_line("[]");
  EXPECT_EQ(lint.report().unread, 2u);
  EXPECT_EQ(lint.report().unread_line, 2u);
  EXPECT_THAT(lint.report().text(), HasSubstr("2 lines are no event, the first is line 2"));
}

TEST(RuleLint, TheJsonReadsBack) {
  lint_under_test lint(page("{ topic = '#', set = { package = '/msg/name' } }"));
  lint.take("t", R"({"nome":"a \"quoted\" name"})");
  simdjson::dom::parser parser;
  const auto text = lint.report().json();
  simdjson::dom::object all;
  ASSERT_FALSE(parser.parse(text).get(all)) << text;
  EXPECT_EQ(all["problems"].get_uint64().value(), 1u);
  const auto first = all["findings"].at(0).get_object().value();
  EXPECT_EQ(first["kind"].get_string().value(), "unbound");
  EXPECT_EQ(first["line"].get_uint64().value(), 8u);
}

}  // namespace
}  // namespace freshet
