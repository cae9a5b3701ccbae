#include "connectors/upstream/events/fed_event.hpp"

#include <gtest/gtest.h>

#include "core/json/validate.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

/// A message as a bus has it: around `msg`, or the body itself.
class message {
 public:
  explicit message(std::string_view bytes, bool around = true) {
    const auto root = reader_.read(bytes);
    EXPECT_TRUE(root) << bytes;
    event_.bytes = bytes;
    event_.topic = "org.example.thing";
    event_.bus = "b";
    simdjson::dom::object object;
    if (around && root->get(object) == simdjson::SUCCESS) {
      event_.members = object;
      simdjson::dom::element msg;
      if (object.at_key("msg").get(msg) == simdjson::SUCCESS ||
          object.at_key("body").get(msg) == simdjson::SUCCESS)
        event_.msg = msg;
    } else {
      event_.msg = *root;
    }
  }
  event& is() { return event_; }

 private:
  json::reader reader_{1 << 20};
  event event_;
};

TEST(FedEvent, TheMessageIsKeptByteForByte) {
  message m(R"({"i":1,"msg":{"t":1359604772.178867, "e" : 1.10}})");
  m.is().id = "2013-\"1";
  m.is().time = wall_time(1359604772178867us);
  EXPECT_EQ(fed_event::from(m.is(), {}).document,
            R"({"id":"2013-\"1","topic":"org.example.thing","bus":"b","time":1359604772.178867,)"
            R"("msg":{"t":1359604772.178867, "e" : 1.10}})");
}

TEST(FedEvent, ABodyWithoutAMessageAroundItIsTheMessage) {
  message m(R"({"msg":1,"a":2})", false);
  const auto made = fed_event::from(m.is(), wall_time(5s));
  EXPECT_NE(made.document.find(R"("time":null,"msg":{"msg":1,"a":2}})"), std::string::npos);
  EXPECT_EQ(made.time, 5'000'000);
}

TEST(FedEvent, WholeSecondsAreWhole) {
  message m(R"({"msg":{}})");
  m.is().time = wall_time(1359604772s);
  EXPECT_NE(fed_event::from(m.is(), {}).document.find("\"time\":1359604772,"), std::string::npos);
}

TEST(FedEvent, ALargeMessageIsOnlyNamed) {
  const auto bytes = "{\"msg\":\"" + std::string(fed_event::msg_bytes_max, 'x') + "\"}";
  message m(bytes);
  EXPECT_NE(fed_event::from(m.is(), {}).document.find(R"("msg":null,"msg_bytes":65538})"),
            std::string::npos);
}

TEST(FedEvent, TheSameEventHasTheSameIdentity) {
  message a(R"({"msg":{}})"), b(R"({"msg":{}, "i":2})");
  a.is().id = b.is().id = "1";
  EXPECT_EQ(fed_event::from(a.is(), {}).identity, fed_event::from(b.is(), wall_time(9s)).identity);
  b.is().topic = "org.example.other";
  EXPECT_NE(fed_event::from(a.is(), {}).identity, fed_event::from(b.is(), {}).identity);
}

}  // namespace
}  // namespace freshet
