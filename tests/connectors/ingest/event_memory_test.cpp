#include "connectors/ingest/event_memory.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <tuple>

namespace freshet {
namespace {

event_record record(std::string id, std::string topic) {
  event_record out;
  out.id = std::move(id);
  out.topic = std::move(topic);
  return out;
}

TEST(EventMemory, KeepsTheNewestOnly) {
  event_memory memory(100);
  for (int i = 0; i < 5000; ++i) memory.keep(record(std::to_string(i), "t"));
  EXPECT_GE(memory.size(), 100u);
  EXPECT_LT(memory.size(), 100u + event_memory::chunk_bytes / record("", "").packed_bytes());
  EXPECT_TRUE(memory.find("4000").empty());
  EXPECT_EQ(memory.find("4900").size(), 1u);
  EXPECT_EQ(memory.find("4999").size(), 1u);
}

TEST(EventMemory, MessagesThatShareAnIdComeNewestFirst) {
  event_memory memory(4);
  for (const auto* topic : {"a", "b", "c"}) memory.keep(record("x", topic));
  memory.keep(record("y", "d"));
  const auto found = memory.find("x");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].topic, "c");
  EXPECT_EQ(found[1].topic, "b");
  EXPECT_EQ(found[2].topic, "a");
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
  EXPECT_EQ(memory.bytes(), event_memory::chunk_bytes);
}

TEST(EventMemory, GivesBackWhatItWasGiven) {
  event_record full = record("id", "topic");
  full.bus = 3;
  full.time = wall_time{std::chrono::seconds{7}};
  full.received = wall_time{std::chrono::seconds{8}};
  full.pages = 5, full.created = 1, full.failed = 2, full.mark = 99;
  full.notes[0] = {4, rule_outcome::matched, field_shape::usable, 6};
  full.noted = 1;
  full.wide = full.locked = true;
  full.tags = "package=guake";
  full.rules = {1, 7};
  full.paths = {"/a.json", "", "/b.json"};
  event_memory memory(2);
  memory.keep(record("other", ""));
  memory.keep(full);
  const auto found = memory.find("id");
  ASSERT_EQ(found.size(), 1u);
  const auto& got = found.front();
  EXPECT_EQ(got.id, full.id);
  EXPECT_EQ(got.topic, full.topic);
  EXPECT_EQ(got.tags, full.tags);
  EXPECT_EQ(got.rules, full.rules);
  EXPECT_EQ(got.paths, full.paths);
  EXPECT_EQ(got.notes, full.notes);
  EXPECT_EQ(std::tie(got.bus, got.time, got.received, got.pages, got.created, got.failed, got.mark,
                     got.noted, got.wide, got.locked),
            std::tie(full.bus, full.time, full.received, full.pages, full.created, full.failed,
                     full.mark, full.noted, full.wide, full.locked));
}

TEST(EventMemory, HoldsTheNewestOfManyOfAnySize) {
  std::mt19937 random(7);
  std::deque<std::string> model;
  event_memory memory(50, 1u << 30);
  for (int i = 0; i < 5000; ++i) {
    const auto topic = std::to_string(i) + std::string(random() % 3000, 'x');
    memory.keep(record("x", topic));
    model.push_front(topic);
    EXPECT_LE(memory.bytes(), 50 * 4000 + 3 * event_memory::chunk_bytes);
  }
  const auto found = memory.find("x");
  ASSERT_GE(found.size(), 50u);
  ASSERT_EQ(found.size(), memory.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].topic, model[i]);
}

}  // namespace
}  // namespace freshet
