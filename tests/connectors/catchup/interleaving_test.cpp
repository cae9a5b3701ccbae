#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "connectors/catchup/stream_keeper.hpp"
#include "tests/connectors/catchup/told_history.hpp"
#include "tests/connectors/ingest/pages.hpp"
#include "tests/support/report.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view one_page = R"(
[bus.fedmsg]
kind = "zmq"
connect = ["tcp://127.0.0.1:1"]
catch_up = { kind = "datagrepper", url = "http://127.0.0.1:2/raw", max_age = "1h", overlap = "30s" }
[upstream.origin]
kind = "http"
url = "http://127.0.0.1:3"
[page.thing]
path = "/things/{thing}.json"
fetch = [{ upstream = "origin", get = "/{thing}" }]
on = [{ topic = "t.*", set = { thing = "/msg/thing" } }]
)";

asio::awaitable<void> close_scope(task_scope* scope) { co_await scope->close(); }

/// Messages that are published, of which the bus brings some, some twice, in any order within a
/// little, while the history (a little late, and lying as the seed says) is read: every message has
/// its effect exactly once.
class Interleaving : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr int all = 400;

  void publish(int n) {
    const auto id = std::to_string(n);
    past.add(id, world.time.wall_now());
    const auto chance = random() % 10;
    if (connected) {  // else the bus loses it
      on_their_way.push_back(id);
      if (chance == 9) on_their_way.push_back(id);
    }
  }
  void arrive() {
    if (on_their_way.empty()) return;
    const auto which = random() % std::min<std::size_t>(on_their_way.size(), 5);
    const auto id = on_their_way[which];
    on_their_way.erase(on_their_way.begin() + static_cast<std::ptrdiff_t>(which));
    const auto got = decoder.decode_frames(
        "t.a", "{\"msg_id\":\"" + id + "\",\"msg\":{\"thing\":\"" + id + "\"}}");
    keeper->heard(got.value, !take(got.value, false));
  }
  bool take(const event& e, bool history) {
    const auto id = std::string(e.id);
    const bool first = history ? world.events->take_history(0, e) : world.events->take(0, e);
    if (first) ++effects[id];
    return first;
  }
  void lie() {
    const auto which = random() % 4;
    past.instead = [this, which](const history_question& q) -> std::optional<result<history_page>> {
      if (random() % 4 != 0) return std::nullopt;
      if (which == 0) return result<history_page>(error(status_error(500)));
      if (which == 1) return history_page::parse("<html>busy</html>");
      auto page = past.honest(q);
      if (which == 2 || !page) return page;
      std::vector<std::string> mixed(page->messages().begin(), page->messages().end());
      std::shuffle(mixed.begin(), mixed.end(), random);
      if (!mixed.empty()) mixed.push_back(mixed.front());
      return history_page::parse(test::page_text(mixed, random() % 3));
    };
  }
  void second() {
    world.time.advance(1s);
    keeper->tick();
    ctx.restart();
    ctx.poll();
  }

  std::mt19937 random{GetParam()};
  test::ingest_world world{one_page};
  asio::io_context ctx{1};
  task_scope tasks{ctx.get_executor(), test::report};
  test::told_bus source;
  test::told_history past;
  message_decoder decoder{"fedmsg", 1u << 20};
  std::optional<stream_keeper> keeper;
  std::vector<std::string> on_their_way;
  std::map<std::string, int> effects;
  int doubts = 0;
  bool connected = false;
};

TEST_P(Interleaving, OneEffectForEachMessageAndNoneIsLost) {
  stream_keeper::hooks hooks;
  hooks.apply = [this](const event& e) { return take(e, true); };
  hooks.doubt = [this](gap_cause) { ++doubts; };
  keeper.emplace(
      stream_keeper::environment{ctx.get_executor(), world.time, world.counts, tasks, GetParam()},
      world.loaded.value.buses[0], source, std::make_unique<test::history_door>(past),
      std::move(hooks));
  lie();
  past.meanwhile = [this] { arrive(); };
  connected = source.is_up = true;
  ++source.connected;
  for (int n = 0; n < all;) {
    switch (random() % 8) {
      case 0:
        connected = source.is_up = !connected;
        if (connected) ++source.connected;
        break;
      case 1:
      case 2:
        second();
        break;
      case 3:
      case 4:
        arrive();
        break;
      default:
        publish(n++);
    }
  }
  // A last reconnect after the last message: from here on everything can be known.
  if (connected) source.is_up = false;
  connected = source.is_up = true;
  ++source.connected;
  for (int i = 0; i < 400; ++i) second();
  while (!on_their_way.empty()) arrive();
  EXPECT_FALSE(keeper->report().open);
  for (int n = 0; n < all; ++n)
    EXPECT_EQ(effects[std::to_string(n)], 1) << "message " << n << ", seed " << GetParam();
  EXPECT_EQ(effects.size(), static_cast<std::size_t>(all));
  ctx.restart();
  test::run(ctx, close_scope(&tasks));
}
INSTANTIATE_TEST_SUITE_P(Seeds, Interleaving, testing::Range(0u, 150u));

}  // namespace
}  // namespace freshet
