#include "connectors/rules/rule_table.hpp"

#include <gmock/gmock.h>

#include "core/config/load.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A configuration, its compiled rules, and one event at a time as text.
class rules_under_test {
 public:
  explicit rules_under_test(std::string_view toml) : loaded_(config::parse(toml)) {
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    pages_ = site::compile(loaded_.value.pages, problems);
    rules_.emplace(loaded_.value, pages_, counts_, problems);
  }

  /// Each hit as `page(name=value,...)`, or `page[shows=value]`.
  std::vector<std::string> match(std::string_view topic, std::string_view msg,
                                 std::string_view bus = "b") {
    const std::string text = "{\"msg\":" + std::string(msg) + "}";
    event e;
    e.bus = bus;
    e.topic = topic;
    e.bytes = text;
    simdjson::dom::object members;
    EXPECT_FALSE(parser_.parse(text).get(members)) << text;
    e.members = members;
    e.msg = members["msg"].value();
    std::vector<rule_hit> hits;
    rules_->match(e, hits);
    std::vector<std::string> out;
    floors.clear();
    for (const auto& hit : hits) {
      out.push_back(print(hit));
      floors.push_back(hit.floor ? hit.floor->text() : "");
    }
    return out;
  }

  /// The rules that the last event was too much for, as `rule: term`.
  std::vector<std::string> choked() const {
    std::vector<std::string> out;
    for (const auto& c : rules_->choked())
      out.push_back(rules_->terms(c.rule).name + ": " + rules_->term_text(c.rule, c.what, c.term));
    return out;
  }

  std::string metric(std::string_view line_start) const {
    const auto text = counts_.scrape();
    const auto at = text.find(line_start);
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
  }

  std::vector<config::diagnostic> problems;
  std::vector<std::string> floors;  // of the last event's hits

 private:
  std::string print(const rule_hit& hit) const {
    const auto& page = loaded_.value.pages[hit.page];
    if (hit.shows >= 0)
      return page.name + "[" + page.shows[static_cast<std::size_t>(hit.shows)].first + "=" +
             hit.values[0] + "]";
    std::string out = page.name + "(";
    for (std::size_t i = 0; i < hit.values.size(); ++i)
      if ((hit.bound >> i & 1u) != 0)
        out += (out.back() == '(' ? "" : ",") + pages_.page(hit.page).parameters()[i].name() + "=" +
               hit.values[i];
    return out + ")";
  }

  config::loaded loaded_;
  site pages_;
  metrics counts_;
  std::optional<rule_table> rules_;
  simdjson::dom::parser parser_;
};

constexpr std::string_view upstream = "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n";

std::string page(std::string_view on, std::string_view more = "") {
  return std::string(upstream) +
         "[page.p]\npath = '/p/{package}/{branch}.json?page=1'\n"
         "fetch = [{ upstream = 'u', get = '/x' }]\non = [" +
         std::string(on) + "]\n" + std::string(more);
}

TEST(RuleTable, SetBindsParametersFromTheEvent) {
  rules_under_test rules(page("{ topic = 'a.*.c', set = { package = '/msg/name' } }"));
  EXPECT_THAT(rules.match("a.b.c", R"({"name":"guake"})"), ElementsAre("p(package=guake)"));
  EXPECT_THAT(rules.match("a.b.d", R"({"name":"guake"})"), IsEmpty());
}

TEST(RuleTable, AFloorTakesItsValuesFromTheEvent) {
  rules_under_test rules(R"([upstream.u]
kind = "http"
url = "http://h"
[page.p]
path = "/p/{name}"
fetch = { upstream = "u", get = "/x" }
on = [
  { topic = "a", set = { name = "/msg/name" }, floor = { event = "/msg/n", page = "/n" } },
  { topic = "e", each = "/msg/all", set = { name = "/each/name" }, floor = { at = "/rows", has = { id = "/each/id" } } },
]
)");
  rules.match("a", R"({"name":"x","n":7})");
  EXPECT_THAT(rules.floors, ElementsAre("/n >= 7"));
  rules.match("e", R"({"all":[{"name":"x","id":1},{"name":"y","id":"two"}]})");
  EXPECT_THAT(rules.floors, ElementsAre("/rows has id=1", "/rows has id=two"));
  EXPECT_EQ(rules.match("a", R"({"name":"x"})").size(), 1u) << "the page is marked all the same";
  EXPECT_THAT(rules.floors, ElementsAre(""));
  EXPECT_EQ(rules.metric("freshet_rule_floor_missing_total{rule=\"p.on[0]\"}"),
            "freshet_rule_floor_missing_total{rule=\"p.on[0]\"} 1");
}

TEST(RuleTable, SeveralValuesGiveTheirProduct) {
  rules_under_test rules(
      page("{ topic = '#', set = { package = '/msg/names', branch = '/msg/branches' } }"));
  EXPECT_THAT(rules.match("t", R"({"names":["a","b"],"branches":["f1","f2"]})"),
              UnorderedElementsAre("p(package=a,branch=f1)", "p(package=a,branch=f2)",
                                   "p(package=b,branch=f1)", "p(package=b,branch=f2)"));
}

TEST(RuleTable, ANameThatYieldsNothingIsCountedAsUnbound) {
  rules_under_test rules(page("{ topic = '#', set = { package = '/msg/name' } }"));
  EXPECT_THAT(rules.match("t", R"({"name":null})"), IsEmpty());
  EXPECT_EQ(rules.metric("freshet_rule_unbound_total{"),
            "freshet_rule_unbound_total{rule=\"p.on[0]\"} 1");
}

// S5: Bugzilla 5 turned words into objects, and rules silently stopped matching.
TEST(RuleTable, AFieldOfAnotherTypeChokesTheRule) {
  rules_under_test names(page("{ topic = '#', set = { package = '/msg/name' } }"));
  names.match("t", R"({"name":{"id":4,"name":"guake"}})");
  EXPECT_THAT(names.choked(), ElementsAre("p.on[0]: set package"));
  EXPECT_EQ(names.metric("freshet_rule_field_type_total{"),
            "freshet_rule_field_type_total{rule=\"p.on[0]\"} 1");
  names.match("t", R"({"name":null})");
  EXPECT_THAT(names.choked(), IsEmpty()) << "null is no other type";

  rules_under_test asks(
      page("{ topic = '#', where = { '/msg/a' = 'x', '/msg/b' = 'y' }, all = true }"));
  asks.match("t", R"({"a":{"name":"x"},"b":"y"})");
  EXPECT_THAT(asks.choked(), ElementsAre("p.on[0]: where \"/msg/a\""));
  asks.match("t", R"({"a":{"name":"x"},"b":"z"})");
  EXPECT_THAT(asks.choked(), IsEmpty()) << "the event was not meant for it";
}

TEST(RuleTable, ConditionsThatMeanObjectsDoNotChokeOnThem) {
  rules_under_test rules(
      page("{ topic = '#', where = { '/msg/a' = { exists = false } }, all = true },"
           "{ topic = '#', where = { '/msg/a' = { not = 'x' } }, all = true }"));
  EXPECT_THAT(rules.match("t", R"({"a":{}})"), ElementsAre("p()"));
  EXPECT_THAT(rules.choked(), IsEmpty());
}

TEST(RuleTable, AnotherRuleThatTakesTheOtherFormMakesItFine) {
  rules_under_test pages(
      page("{ topic = '#', set = { package = '/msg/c' } },"
           "{ topic = '#', set = { package = '/msg/c/name' } }"));
  EXPECT_THAT(pages.match("t", R"({"c":{"name":"pcp"}})"), ElementsAre("p(package=pcp)"));
  EXPECT_THAT(pages.choked(), IsEmpty());
  rules_under_test tags(
      "[[tag]]\ntopic = '#'\nset = { package = '/msg/c' }\n"
      "[[tag]]\ntopic = '#'\nset = { package = '/msg/c/name' }\n" +
      page("{ topic = '#', by = 'package' }"));
  EXPECT_THAT(tags.match("t", R"({"c":{"name":"pcp"}})"), ElementsAre("p(package=pcp)"));
  EXPECT_THAT(tags.choked(), IsEmpty());
}

TEST(RuleTable, AFieldThatIsGoneIsCounted) {
  rules_under_test rules(page("{ topic = '#', where = { '/msg/a' = 'x' }, all = true }"));
  rules.match("t", "{}");
  rules.match("t", R"({"a":"y"})");
  EXPECT_EQ(rules.metric("freshet_rule_field_missing_total{"),
            "freshet_rule_field_missing_total{rule=\"p.on[0]\"} 1");
}

// S4: an event names what was before and what is now.
TEST(RuleTable, OneEventMarksTheOldAndTheNew) {
  rules_under_test lists(
      page("{ topic = '#', set = { package = '/msg/bug/component' } },"
           "{ topic = '#', each = '/msg/changes', where = { '/each/field' = 'component' }, set = { "
           "package = '/each/removed' } }"));
  EXPECT_THAT(lists.match("t", R"({"bug":{"component":"pcp"},"changes":[
      {"field":"component","removed":"selinux-policy","added":"pcp"}]})"),
              UnorderedElementsAre("p(package=pcp)", "p(package=selinux-policy)"));
  rules_under_test sides(
      page("{ topic = '#', set = { package = '/msg/name', branch = '/msg/old' } },"
           "{ topic = '#', set = { package = '/msg/name', branch = { value = '{/msg/new}' } } }"));
  EXPECT_THAT(sides.match("t", R"({"name":"guake","old":3,"new":0})"),
              UnorderedElementsAre("p(package=guake,branch=3)", "p(package=guake,branch=0)"));
}

TEST(RuleTable, ByTakesWhatTagsGave) {
  rules_under_test rules(
      "[[tag]]\ntopic = '#.bodhi.#'\nset = { package = { at = "
      "'/msg/builds/*/nvr', like = '{}-*-*' } }\n" +
      page("{ topic = '#', by = 'package' }"));
  EXPECT_THAT(rules.match("x.bodhi.y", R"({"builds":[{"nvr":"a-b-1-2"},{"nvr":"c-1-1"}]})"),
              ElementsAre("p(package=a-b)", "p(package=c)"));
  EXPECT_THAT(rules.match("x.koji.y", R"({"builds":[{"nvr":"a-b-1-2"}]})"), IsEmpty());
}

TEST(RuleTable, EachSeesOneChangeAtATime) {
  rules_under_test rules(
      page("{ topic = '#', each = '/msg/changes', where = { '/each/field' = 'component' }, "
           "set = { package = '/each/removed' } }"));
  EXPECT_THAT(rules.match("t", R"({"changes":[{"field":"status","removed":"NEW"},
      {"field":"component","removed":"old"}]})"),
              ElementsAre("p(package=old)"));
}

TEST(RuleTable, AllMarksTheWholeClass) {
  rules_under_test rules(page("{ topic = '#', all = true }"));
  EXPECT_THAT(rules.match("t", "{}"), ElementsAre("p()"));
}

TEST(RuleTable, ShowsNamesAreTagsOfTheirOwn) {
  rules_under_test rules(
      page("{ topic = '#', set = { bug = '/msg/id' } }", "shows = { bug = '/bugs/*/id' }"));
  EXPECT_THAT(rules.match("t", R"({"id":214})"), ElementsAre("p[bug=214]"));
}

TEST(RuleTable, ValuesAreNormalisedAsInARequestAndInvalidOnesCounted) {
  rules_under_test rules(page("{ topic = '#', set = { package = '/msg/names' } }",
                              "param = { package = { lower = true, max = 5 } }"));
  EXPECT_THAT(rules.match("t", R"({"names":["GUAKE","much-too-long","a/b"]})"),
              ElementsAre("p(package=guake)"));
  EXPECT_EQ(rules.metric("freshet_rule_invalid_total{"),
            "freshet_rule_invalid_total{rule=\"p.on[0]\"} 2");
}

TEST(RuleTable, ARuleOfAnotherBusIsSilent) {
  rules_under_test rules(page("{ topic = '#', bus = 'other', all = true }") +
                         "[bus.other]\nkind = 'demo'\n");
  EXPECT_THAT(rules.match("t", "{}"), IsEmpty());
  EXPECT_THAT(rules.match("t", "{}", "other"), ElementsAre("p()"));
}

TEST(RuleTable, ANameThatNoTagSetsIsADiagnosticAtTheRule) {
  rules_under_test rules(
      page("{ topic = '#', by = ['package', 'branch'] }") +
      "[[tag]]\ntopic = '#'\nset = { packages = '/msg/name', branch = '/msg/b' }\n");
  ASSERT_EQ(rules.problems.size(), 1u);
  EXPECT_THAT(rules.problems[0].message, testing::HasSubstr("no [[tag]] sets \"package\""));
  EXPECT_EQ(rules.problems[0].hint, "did you mean `packages`?");
}

TEST(RuleTable, AnUnknownNameIsADiagnosticAtTheRule) {
  rules_under_test rules(page("{ topic = '#', set = { pakage = '/msg/name' } }"));
  ASSERT_EQ(rules.problems.size(), 1u);
  EXPECT_THAT(rules.problems[0].message, testing::HasSubstr("pakage"));
}

}  // namespace
}  // namespace freshet
