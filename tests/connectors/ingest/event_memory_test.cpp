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

TEST(EventMemory, LargeRecordsLeaveSooner) {
  event_memory memory(1000, 64u << 10);
  for (int i = 0; i < 100; ++i) memory.keep(record(std::to_string(i), std::string(1024, 't')));
  EXPECT_LE(memory.bytes(), 64u << 10);
  EXPECT_GT(memory.size(), 20u);
  EXPECT_LT(memory.size(), 64u);
  EXPECT_EQ(memory.find("99").size(), 1u);
  memory.keep(record("huge", std::string(1u << 20, 't')));
  EXPECT_EQ(memory.size(), 1u) << "the newest is always there";
  memory.keep(record("small", "t"));
  EXPECT_EQ(memory.size(), 1u);
  EXPECT_LT(memory.bytes(), 1024u);
}

}  // namespace
}  // namespace freshet
