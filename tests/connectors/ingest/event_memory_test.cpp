#include "connectors/ingest/event_memory.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

event_record record(std::string id, std::string topic) {
  event_record out;
  out.id = std::move(id);
  out.topic = std::move(topic);
  return out;
}

TEST(EventMemory, KeepsTheNewestOnly) {
  event_memory memory(3);
  for (int i = 0; i < 5; ++i) memory.keep(record(std::to_string(i), "t"));
  EXPECT_EQ(memory.size(), 3u);
  EXPECT_TRUE(memory.find("1").empty());
  EXPECT_EQ(memory.find("2").size(), 1u);
  EXPECT_EQ(memory.find("4").size(), 1u);
}

TEST(EventMemory, MessagesThatShareAnIdComeNewestFirst) {
  event_memory memory(4);
  for (const auto* topic : {"gone", "a", "b", "c"}) memory.keep(record("x", topic));
  memory.keep(record("y", "d"));
  const auto found = memory.find("x");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0]->topic, "c");
  EXPECT_EQ(found[1]->topic, "b");
  EXPECT_EQ(found[2]->topic, "a");
}

}  // namespace
}  // namespace freshet
