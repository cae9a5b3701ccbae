#include "core/select/selector.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using values = std::vector<std::string>;

simdjson::dom::element parse(simdjson::dom::parser& parser, std::string_view json) {
  return parser.parse(json.data(), json.size()).value();
}

values from(const selector& one, const std::string& body) {
  simdjson::dom::parser parser;
  event e;
  e.topic = "a.b";
  e.bytes = body;
  e.msg = parser.parse(body).value();
  values found;
  EXPECT_TRUE(one.take(e, nullptr, found));
  return found;
}

values pointer(std::string_view at, const std::string& body) {
  return from(selector::from_pointer(at).value(), body);
}

TEST(Selector, YieldsStringsNumbersAndBooleans) {
  EXPECT_THAT(pointer("/msg/a", R"({"a":"x"})"), ElementsAre("x"));
  EXPECT_THAT(pointer("/msg/a", R"({"a":1.10})"), ElementsAre("1.10"));
  EXPECT_THAT(pointer("/msg/a", R"({"a":-7})"), ElementsAre("-7"));
  EXPECT_THAT(pointer("/msg/a", R"({"a":18446744073709551615})"),
              ElementsAre("18446744073709551615"));
  EXPECT_THAT(pointer("/msg/a", R"({"a":false})"), ElementsAre("false"));
  EXPECT_THAT(pointer("/topic", "1"), ElementsAre("a.b"));
}

TEST(Selector, NullObjectsEmptyAndMissingYieldNothing) {
  for (const auto* body : {R"({"a":null})", R"({"a":{"b":1}})", R"({"a":""})", "{}", "[]", "3"}) {
    EXPECT_THAT(pointer("/msg/a", body), IsEmpty()) << body;
  }
}

TEST(Selector, ArraysYieldTheirElements) {
  EXPECT_THAT(pointer("/msg/a", R"({"a":["x",null,"",1,["y"],{}]})"), ElementsAre("x", "1", "y"));
  EXPECT_THAT(pointer("/msg/a/*/n", R"({"a":[{"n":"x"},{"m":1},{"n":2.0}]})"),
              ElementsAre("x", "2.0"));
  EXPECT_THAT(pointer("/msg/*/n", R"({"p":{"n":"x"},"q":{"n":"y"}})"), ElementsAre("x", "y"));
}

TEST(Selector, TheFirstOfDuplicateKeysWins) {
  EXPECT_THAT(pointer("/msg/a", R"({"a":"x","a":"y"})"), ElementsAre("x"));
}

TEST(Selector, SplitsThenTakesWhatIsLike) {
  const auto one = selector::from_at("/msg", "{}-*-*", ", ").value();
  EXPECT_THAT(from(one, R"("guake-3.1-1, bash-5-2, broken, , zsh-5-1")"),
              ElementsAre("guake", "bash", "zsh"));
  const auto split = selector::from_at("/msg", "", ",").value();
  EXPECT_THAT(from(split, R"(["a,b", ",c,"])"), ElementsAre("a", "b", "c"));
}

TEST(Selector, SplitsAtAnyOfItsSeparators) {
  const auto one = selector::from_at("/msg", cutting{{",", " ", " and "}, "", {}}).value();
  EXPECT_THAT(from(one, R"("a,b c, d and e ,")"), ElementsAre("a", "b", "c", "d", "and", "e"))
      << "the first place that any of them has counts";
  const auto words = selector::from_at("/msg", cutting{{", ", "--"}, "", {}}).value();
  EXPECT_THAT(from(words, R"("--a, b--c,d")"), ElementsAre("a", "b", "c,d"));
}

TEST(Selector, OfSeveralPatternsTheFirstThatFitsCounts) {
  const auto nvr = selector::from_at("/msg", cutting{{}, "", {"{}-*-*", "{}-*", "{}"}}).value();
  EXPECT_THAT(from(nvr, R"(["php-pear-Net-1:2-3.el7","foo-1","foo","-1-2",""])"),
              ElementsAre("php-pear-Net", "foo", "foo"))
      << "one that fits and takes nothing is no reason to try the next";
  const auto fixed = selector::from_at("/msg", cutting{{}, "", {"a*", "b"}}).value();
  EXPECT_THAT(from(fixed, R"(["ax","b","bx"])"), ElementsAre("ax", "b"));
}

TEST(Selector, TakesWhatStandsBeforeTheFirst) {
  const auto one = selector::from_at("/msg", cutting{{}, "(", {}}).value();
  EXPECT_THAT(from(one, R"j(["libx.so.1()(64bit)","plain","(all)"])j"),
              ElementsAre("libx.so.1", "plain"));
  const auto all = selector::from_at("/msg", cutting{{" "}, "(", {"{}-*"}}).value();
  EXPECT_THAT(from(all, R"("a-1(x) b(-1) c-d-e")"), ElementsAre("a", "c-d"));
}

TEST(Selector, KeysAreTheNamesOfMembers) {
  const auto one = selector::from_keys("/msg", "rpm_{}").value();
  EXPECT_THAT(from(one, R"({"rpm_guake":true,"user_x":true,"rpm_":1})"), ElementsAre("guake"));
  EXPECT_THAT(from(one, "[1]"), IsEmpty());
  EXPECT_THAT(from(selector::from_keys("/topic", "").value(), "{}"), IsEmpty());
  EXPECT_THAT(from(selector::from_keys("/msg/*", "").value(), R"([{"a":1},{"b":2}])"),
              ElementsAre("a", "b"));
}

TEST(Selector, ValuesAreTextWithPointers) {
  EXPECT_THAT(from(selector::from_value("kernel").value(), "{}"), ElementsAre("kernel"));
  const auto one = selector::from_value("{/msg/c}/{/msg/p}!").value();
  EXPECT_THAT(from(one, R"({"c":"net","p":"curl"})"), ElementsAre("net/curl!"));
  EXPECT_THAT(from(one, R"({"c":"net"})"), IsEmpty());
  EXPECT_THAT(from(one, R"({"c":["a","b"],"p":[1,2]})"),
              ElementsAre("a/1!", "a/2!", "b/1!", "b/2!"));
}

TEST(Selector, IsBounded) {
  std::string many = "[0";
  for (std::size_t i = 1; i < selector::values_max; ++i) many += ",1";
  simdjson::dom::parser parser;
  values found;
  const auto all = selector::from_pointer("").value();
  EXPECT_TRUE(all.take(parse(parser, many + "]"), found));
  EXPECT_THAT(found, SizeIs(selector::values_max));
  EXPECT_FALSE(all.take(parse(parser, "[1]"), found));
  EXPECT_THAT(found, SizeIs(selector::values_max));
  found.clear();
  EXPECT_FALSE(all.take(parse(parser, many + ",1]"), found));
  EXPECT_THAT(found, SizeIs(selector::values_max));
  found.clear();
  EXPECT_TRUE(all.take(parse(parser, many + ",1]"), found, {}, selector::values_max + 1));
  EXPECT_THAT(found, SizeIs(selector::values_max + 1));
  found.clear();
  const auto product = selector::from_value("{/*}-{/*}").value();
  EXPECT_FALSE(product.take(parse(parser, many + "]"), found));
  EXPECT_THAT(found, SizeIs(selector::values_max));
}

TEST(Selector, ATextTooLongToBeAParameterYieldsNothing) {
  const std::string edge(selector::value_bytes_max, 'x');
  EXPECT_THAT(pointer("/msg", '"' + edge + '"'), SizeIs(1));
  EXPECT_THAT(pointer("/msg", '"' + edge + "x\""), IsEmpty());
  EXPECT_THAT(from(selector::from_value("{/msg}{/msg}").value(), '"' + edge + '"'), IsEmpty());
}

TEST(Selector, AListYieldsWhatItsFirstYielderYields) {
  const selector_list list{selector::from_pointer("/msg/new").value(),
                           selector::from_pointer("/msg/old").value()};
  simdjson::dom::parser parser;
  event e;
  values found;
  e.msg = parse(parser, R"({"new":"","old":"o"})");
  EXPECT_TRUE(take_first(list, e, nullptr, found));
  e.msg = parse(parser, R"({"new":"n","old":"o"})");
  EXPECT_TRUE(take_first(list, e, nullptr, found));
  e.msg = parse(parser, "{}");
  EXPECT_TRUE(take_first(list, e, nullptr, found));
  EXPECT_THAT(found, ElementsAre("o", "n"));
}

TEST(Selector, SaysHowItIsWritten) {
  EXPECT_EQ(selector::from_pointer("/msg/a").value().text(), "/msg/a");
  EXPECT_EQ(selector::from_at("/a", "{}-*", ",").value().text(),
            R"({ at = "/a", like = "{}-*", split = "," })");
  EXPECT_EQ(selector::from_at("/a", cutting{{",", " "}, "(", {"x", "y"}}).value().text(),
            R"({ at = "/a", like = ["x", "y"], split = [",", " "], before = "(" })");
  EXPECT_EQ(selector::from_keys("/a", "").value().text(), R"({ keys = "/a" })");
  EXPECT_EQ(selector::from_value("{/a}").value().text(), R"({ value = "{/a}" })");
}

TEST(Selector, RefusesWhatDoesNotParse) {
  EXPECT_EQ(selector::from_pointer("msg").error().code, errc::malformed);
  EXPECT_EQ(selector::from_at("/a", "{}{}", "").error().code, errc::malformed);
  EXPECT_EQ(selector::from_keys("/a~2", "").error().code, errc::malformed);
  for (const auto* text : {"", "{name}", "{}", "{", "a{/b", "{/a~}"}) {
    EXPECT_EQ(selector::from_value(text).error().code, errc::malformed) << text;
  }
  EXPECT_EQ(selector::from_value(std::string(5000, 'x')).error().code, errc::out_of_range);
}

field_shape shape(const result<selector>& one, const std::string& body) {
  simdjson::dom::parser parser;
  event e;
  e.topic = "a.b";
  e.msg = parser.parse(body).value();
  return one.value().shape(e, nullptr);
}

TEST(Selector, SaysWhatStandsWhereItReads) {
  const auto at = selector::from_pointer("/msg/a");
  EXPECT_EQ(shape(at, "{}"), field_shape::missing);
  EXPECT_EQ(shape(at, R"({"a":null})"), field_shape::empty);
  EXPECT_EQ(shape(at, R"({"a":[""]})"), field_shape::empty);
  EXPECT_EQ(shape(at, R"({"a":{"name":"x"}})"), field_shape::odd);
  EXPECT_EQ(shape(at, R"({"a":[{"name":"x"}]})"), field_shape::odd);
  EXPECT_EQ(shape(at, R"({"a":[{},7]})"), field_shape::usable);
  EXPECT_EQ(shape(selector::from_pointer("/topic"), "{}"), field_shape::usable);
  const auto keys = selector::from_keys("/msg/a", "");
  EXPECT_EQ(shape(keys, R"({"a":{"x":1}})"), field_shape::usable);
  EXPECT_EQ(shape(keys, R"({"a":"x"})"), field_shape::odd);
  const auto both = selector::from_value("{/msg/a}/{/msg/b}");
  EXPECT_EQ(shape(both, R"({"a":"x","b":"y"})"), field_shape::usable);
  EXPECT_EQ(shape(both, R"({"a":"x","b":{}})"), field_shape::odd);
  EXPECT_EQ(shape(both, R"({"a":{}})"), field_shape::missing);
}

}  // namespace
}  // namespace freshet
