#include "net/api/public/fragment.hpp"

#include <gtest/gtest.h>

namespace freshet::api {
namespace {

freshness one_part(std::string event_id = {}) {
  freshness f;
  f.state = freshness_state::fresh;
  f.version = 7;
  f.verified = wall_time{std::chrono::seconds{1'763'690'400}};
  f.parts.resize(1);
  if (!event_id.empty()) f.from = std::make_shared<origin>(origin{.event_id = std::move(event_id)});
  return f;
}

std::string cause_of(std::string event_id) {
  const auto text = fragment(one_part(std::move(event_id)));
  const auto from = text.find("cause=\"") + 7;
  return text.substr(from, text.find('"', from) - from);
}

TEST(Fragment, SaysWhatTheContractSays) {
  std::string whole;
  const auto text = fragment(one_part("2025-abc"));
  for (const auto piece : hit_lines(text)) whole += piece;
  EXPECT_EQ(whole,
            "Freshness: state=fresh, version=7, verified=@1763690400, cause=\"2025-abc\"\r\n"
            "Cache-Status: freshet; hit\r\n\r\n");
}

TEST(Fragment, AFloorThatWasGivenUpIsTold) {
  auto f = one_part("2025-abc");
  f.floor_unmet = true;
  EXPECT_TRUE(fragment(f, {}).ends_with(", cause=\"2025-abc\", floor_unmet"));
  EXPECT_EQ(state_in(fragment(f, {})), freshness_state::fresh);
}

TEST(Fragment, LeavesOutWhatIsNotKnown) {
  freshness f;
  EXPECT_EQ(last_lines(f, cache_status::stored),
            "Freshness: state=stale, version=0\r\nCache-Status: freshet; fwd=miss; stored\r\n\r\n");
}

TEST(Fragment, AVisitorWhoJoinedIsToldSo) {
  EXPECT_TRUE(last_lines(one_part(), cache_status::collapsed)
                  .ends_with("Cache-Status: freshet; fwd=miss; collapsed\r\n\r\n"));
}

TEST(Fragment, ACauseIsPlainAsciiOfBoundedLength) {
  EXPECT_EQ(cause_of("a\"b\\c d"), "a%22b%5Cc d");
  EXPECT_EQ(cause_of("x\r\ny\xC3\xA9"), "x%0D%0Ay%C3%A9");
  EXPECT_EQ(cause_of(std::string(200, 'x')).size(), 128u);
  EXPECT_EQ(cause_of(std::string(126, 'x') + "\n"), std::string(126, 'x'));  // no half escape
}

TEST(Fragment, NamesThePartsThatAreNotFresh) {
  auto f = one_part();
  f.state = freshness_state::parked;
  f.parts.resize(3);
  f.parts[0].state = freshness_state::fresh;
  f.parts[1].state = freshness_state::stale;
  f.parts[2].state = freshness_state::parked;
  const std::vector<std::string> names{"", "/bugs", "/a\"b"};
  EXPECT_NE(fragment(f, names).find(", parts=(\"/bugs\";state=stale \"/a%22b\";state=parked)"),
            std::string::npos);
}

TEST(Fragment, DoesNotNamePartsWhenAllAreFreshOrThereIsOne) {
  auto f = one_part();
  const std::vector<std::string> names{"/a", "/b"};
  EXPECT_EQ(fragment(f, names).find("parts"), std::string::npos);
  f.parts.resize(2);
  for (auto& p : f.parts) p.state = freshness_state::fresh;
  EXPECT_EQ(fragment(f, names).find("parts"), std::string::npos);
}

TEST(Fragment, ItsStateCanBeReadBack) {
  for (const auto state : {freshness_state::fresh, freshness_state::stale,
                           freshness_state::unverified, freshness_state::parked}) {
    freshness f;
    f.state = state;
    EXPECT_EQ(state_in(fragment(f)), state);
  }
  EXPECT_EQ(state_in(""), freshness_state::fresh);
}

}  // namespace
}  // namespace freshet::api
