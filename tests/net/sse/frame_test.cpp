#include "net/sse/frame.hpp"

#include <gtest/gtest.h>

#include <random>

#include "net/sse/payload.hpp"
#include "tests/net/sse/decoder.hpp"

namespace freshet::sse {
namespace {

std::string as_read(std::string_view data) {  // what a reader makes of line ends
  std::string out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') continue;
    out += data[i] == '\r' ? '\n' : data[i];
  }
  return out;
}

TEST(EventId, ParsesWhatItFormats) {
  const event_id id{17, 9'007'199'254'740'991};
  EXPECT_EQ(format(id), "17-9007199254740991");
  EXPECT_EQ(parse_event_id(format(id)).value(), id);
  EXPECT_EQ(parse_event_id("0-0").value(), (event_id{0, 0}));
}

TEST(EventId, RefusesOtherSpellings) {
  for (const auto* bad : {"", "-", "1", "1-", "-1", "01-1", "1-01", "+1-1", "1-1 ", "1-2-3", "a-1",
                          "1--1", "1-18446744073709551616", "1-1\n"}) {
    EXPECT_FALSE(parse_event_id(bad)) << bad;
  }
}

TEST(Frame, HasTheFixedForm) {
  const auto out = encode({event_id{3, 14}, "reload", "{\"a\":1}"});
  EXPECT_EQ(out.value(), "id: 3-14\nevent: reload\ndata: {\"a\":1}\n\n");
}

TEST(Frame, RefusesNamesThatCouldBeginALine) {
  for (const auto* bad :
       {"", "message", "reload\ndata: x", "/a\rb", "/a\nb", "/a b", "Reload", "/caf\xc3\xa9"}) {
    EXPECT_FALSE(encode({event_id{1, 1}, bad, "x"})) << bad;
  }
  EXPECT_TRUE(encode({event_id{1, 1}, "/w/3.json?page=2", "x"}));
  EXPECT_FALSE(encode({event_id{1, 1}, std::string_view("/a\0b", 4), "x"}));
  EXPECT_FALSE(encode({event_id{1, 1}, "reload", std::string_view("a\0b", 3)}));
}

TEST(Frame, DecodesToWhatWasEncoded) {
  std::mt19937 random(7);  // fixed seed
  constexpr std::string_view alphabet("\r\n\n\r: \tdataevnid0\"\\{}\xc3\xa9\xff\xe2\x80\xa8");
  std::string all;
  std::vector<test::sse_decoder::message> expected;
  for (std::uint64_t n = 1; n <= 20'000; ++n) {
    std::string data;
    for (auto length = random() % 24; length > 0; --length)
      data += alphabet[random() % alphabet.size()];
    const auto* name = n % 3 == 0 ? "/w/3.json" : n % 3 == 1 ? "reload" : "delete";
    all += encode({event_id{5, n}, name, data}).value();
    expected.push_back({format({5, n}), name, as_read(data)});
  }
  test::sse_decoder whole;
  whole.feed(all);
  ASSERT_EQ(whole.messages.size(), expected.size());
  EXPECT_TRUE(whole.messages == expected);
}

TEST(Frame, HeartbeatMovesTheIdAndFiresNothing) {
  test::sse_decoder reader;
  reader.feed(encode_hello(3100, event_id{2, 5}));
  EXPECT_EQ(reader.retry, "3100");
  EXPECT_EQ(reader.last_id, "2-5");
  reader.feed(encode_heartbeat({2, 9}));
  EXPECT_EQ(reader.last_id, "2-9");
  EXPECT_EQ(reader.comments, 2);
  EXPECT_TRUE(reader.messages.empty());
}

TEST(Payload, IsOneLineOfJson) {
  change c;
  c.at = 7;
  c.path = "/packages/guake.json";
  c.etag = std::string(32, 'a');
  c.event_id = "x\"\n\x01";
  c.topic = "bad\xff";
  EXPECT_EQ(payload(c), R"({"@id":"/packages/guake.json","etag":"\")" + c.etag +
                            R"(\"","version":7,"event":"x\"\u000a\u0001","cause":"bad\ufffd"})");
}

TEST(Payload, DeletedHasNoEtag) {
  change c;
  c.at = 8;
  c.what = change::kind::deleted;
  c.path = "/a.json";
  EXPECT_EQ(payload(c, 100), R"({"@id":"/a.json","etag":null,"version":8,"event":"","cause":""})");
}

TEST(Payload, InlinesTheBodyUpToTheLimit) {
  auto content = entry::make("{\n \"a\":\r\n1}");
  content->version = 6;
  change c;
  c.at = 6;
  c.path = "/a";
  c.content = content;
  EXPECT_TRUE(payload(c, 11).ends_with(R"(,"data":{  "a":  1}})")) << payload(c, 11);
  EXPECT_EQ(payload(c, 10).find("data"), std::string::npos);
}

TEST(Payload, ResyncNamesThePages) {
  const std::vector<named_state> pages{{"/a", {"ff", 3}}, {"/b", {}}};
  EXPECT_EQ(resync_payload(pages), R"({"pages":[{"@id":"/a","etag":"\"ff\"","version":3},)"
                                   R"({"@id":"/b","etag":null,"version":0}]})");
}

}  // namespace
}  // namespace freshet::sse
