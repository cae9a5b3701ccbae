#include "connectors/upstream/own_upstreams.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

std::size_t for_pages(std::vector<std::string> kinds, std::string state = "") {
  config::settings settings;
  settings.memory = 800;
  settings.state = std::move(state);
  for (auto& kind : kinds) settings.upstreams.emplace_back().kind = std::move(kind);
  return memory_for_pages(settings);
}

TEST(OwnUpstreams, WhatIsInMemoryHasItsPartOfIt) {
  EXPECT_EQ(for_pages({}), 800u);
  EXPECT_EQ(for_pages({"http", "koji"}), 800u);
  EXPECT_EQ(for_pages({"events"}), 700u);
  EXPECT_EQ(for_pages({"events", "search", "events", "search"}), 600u) << "of all feeds together";
  EXPECT_EQ(for_pages({"events", "search"}, "state.db"), 800u) << "those have files";
}

}  // namespace
}  // namespace freshet
