#include "core/select/gather.hpp"

#include <gmock/gmock.h>

#include "core/select/condition.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view message = R"({"i": 3, "username": "guake", "topic": "in.the.body",
  "each": "a member", "headers": {"x": "not these"},
  "msg": {"name": "kernel", "empty": "", "nothing": null, "ok": true, "n": [1, 2.50, ["a", {}]],
          "old": {"version": 4.10}, "list": [{"v": 1e3}, {"v": "b"}, {}]}})";

class Gather : public testing::Test {
 protected:
  Gather() : bytes_(message) {
    const simdjson::dom::element root = parser_.parse(bytes_).value();
    event_.bus = "fedmsg";
    event_.topic = "org.fedoraproject.prod.x";
    event_.members = root.get_object().value();
    event_.msg = root["msg"].value();
    event_.bytes = bytes_;
  }

  bool at(std::string_view pointer, const simdjson::dom::element* each = nullptr) {
    return gather(json::pointer::parse(pointer).value(), event_, each, texts_);
  }
  const std::vector<std::string_view>& texts() { return texts_.views(); }

  std::string bytes_;
  simdjson::dom::parser parser_;
  event event_;
  text_list texts_;
};

TEST_F(Gather, TheEnvelopeComesBeforeTheMembers) {
  EXPECT_TRUE(at("/topic"));
  EXPECT_THAT(texts(), ElementsAre("org.fedoraproject.prod.x"));
  EXPECT_TRUE(at("/bus"));
  EXPECT_THAT(texts(), ElementsAre("fedmsg"));
  EXPECT_TRUE(at("/username"));
  EXPECT_THAT(texts(), ElementsAre("guake"));
  EXPECT_TRUE(at("/i"));
  EXPECT_THAT(texts(), ElementsAre("3"));
}

TEST_F(Gather, WhatTheEventDoesNotHaveNamesNothing) {
  for (const auto* pointer : {"/id", "/time", "/headers/x", "/absent", "/topic/0", "/msg/absent"}) {
    EXPECT_FALSE(at(pointer)) << pointer;
    EXPECT_THAT(texts(), IsEmpty()) << pointer;
  }
}

TEST_F(Gather, AnEventWithoutBodyAndMembers) {
  event_ = {};
  for (const auto* pointer : {"", "/msg", "/msg/a", "/username", "/topic", "/*"}) {
    EXPECT_FALSE(at(pointer)) << pointer;
  }
}

TEST_F(Gather, TimeIsRfc3339) {
  event_.time = wall_time{std::chrono::seconds{1'763'392'800}};
  EXPECT_TRUE(at("/time"));
  EXPECT_THAT(texts(), ElementsAre("2025-11-17T15:20:00Z"));
  event_.time = wall_time{std::chrono::milliseconds{1'763'392'800'050}};
  at("/time");
  EXPECT_THAT(texts(), ElementsAre("2025-11-17T15:20:00.05Z"));
  event_.time = wall_time{std::chrono::microseconds{-1}};
  at("/time");
  EXPECT_THAT(texts(), ElementsAre("1969-12-31T23:59:59.999999Z"));
}

TEST_F(Gather, HeadersMayComeFromADocumentOfTheirOwn) {
  simdjson::dom::parser other;
  const std::string headers = R"({"sent": 8.50, "a": "b"})";
  event_.headers = other.parse(headers).value().get_object().value();
  EXPECT_TRUE(at("/headers/a"));
  EXPECT_THAT(texts(), ElementsAre("b"));
  EXPECT_TRUE(at("/headers/sent"));
  EXPECT_THAT(texts(), ElementsAre("8.5"));  // `bytes` has its first double elsewhere
}

TEST_F(Gather, NumbersHaveTheTextOfTheirSource) {
  EXPECT_TRUE(at("/msg/n"));
  EXPECT_THAT(texts(), ElementsAre("1", "2.50", "a"));
  EXPECT_TRUE(at("/msg/old/version"));
  EXPECT_THAT(texts(), ElementsAre("4.10"));
  EXPECT_TRUE(at("/msg/list/*/v"));
  EXPECT_THAT(texts(), ElementsAre("1e3", "b"));
}

TEST_F(Gather, NullAndObjectsExistWithoutText) {
  for (const auto* pointer : {"/msg/nothing", "/msg/old", "/msg"}) {
    EXPECT_TRUE(at(pointer)) << pointer;
    EXPECT_THAT(texts(), IsEmpty()) << pointer;
  }
  EXPECT_TRUE(at("/msg/empty"));
  EXPECT_THAT(texts(), ElementsAre(""));
  EXPECT_TRUE(at("/msg/ok"));
  EXPECT_THAT(texts(), ElementsAre("true"));
}

TEST_F(Gather, EachNamesTheElementThatIsGiven) {
  const simdjson::dom::element element = event_.msg->at_pointer("/list/1").value();
  EXPECT_TRUE(at("/each/v", &element));
  EXPECT_THAT(texts(), ElementsAre("b"));
  EXPECT_FALSE(at("/each/w", &element));
  EXPECT_TRUE(at("/each"));
  EXPECT_THAT(texts(), ElementsAre("a member"));
}

TEST_F(Gather, MeetsAConditionOverAPlainDocument) {
  const auto test = condition::any_of({"2.50"});
  const auto document = *event_.msg;
  const bool found = gather(json::pointer::parse("/n/1").value(), document, texts_, bytes_);
  EXPECT_TRUE(test.holds(found, texts()));
  gather(json::pointer::parse("/n/1").value(), document, texts_);
  EXPECT_FALSE(test.holds(found, texts()));  // 2.5 without the source
}

TEST_F(Gather, TextsAreBounded) {
  std::string many = "[0";
  for (std::size_t i = 0; i < texts_max + 5; ++i) many += ",1";
  many += ']';
  simdjson::dom::parser other;
  gather({}, other.parse(many).value(), texts_, many);
  EXPECT_EQ(texts().size(), texts_max);
}

TEST_F(Gather, ALongTokenIsKeptWhole) {
  const std::string token = "1." + std::string(60, '0') + "1";
  const std::string text = "[" + token + ", 2.0]";
  simdjson::dom::parser other;
  gather({}, other.parse(text).value(), texts_, text);
  EXPECT_THAT(texts(), ElementsAre(token, "2.0"));
}

}  // namespace
}  // namespace freshet
