#include "connectors/verify/verification_line.hpp"

#include <fmt/format.h>

#include "connectors/bus/zmq/zmq_bus.hpp"
#include "core/async/task_scope.hpp"
#include "tests/connectors/verify/signer.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"
#include "tests/support/zmq_peer.hpp"

namespace freshet {
namespace {

asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }
asio::awaitable<void> wait_for_room(verification_line* line, bool* has) {
  co_await line->room();
  *has = true;
}

std::string numbered(int n, std::size_t size = 0) {
  return fmt::format(R"({{"i":{},"msg":{{"pad":"{}"}},"msg_id":"{}","topic":"t"}})", n,
                     std::string(size, 'x'), n);
}

struct line_under_test {
  line_under_test() {
    config::verify_settings settings;
    settings.ca = test::write_file("ca.pem", ca.self().pem());
    auto verifier = message_verifier::create(settings).value();
    line.emplace(ctx.get_executor(), time, std::move(verifier),
                 [this](std::string_view, std::string_view body, const signature_verdict& v) {
                   out.push_back(std::string(v.why.empty() ? "good" : v.why));
                   bodies.emplace_back(body);
                 });
  }
  test::authority ca;
  test::identity signer = ca.issue("signer");
  asio::io_context ctx{1};
  real_clock time;
  std::vector<std::string> out, bodies;
  std::optional<verification_line> line;
  task_scope scope{ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); }};
};

TEST(VerificationLine, GivesMessagesOutInTheOrderTheyCame) {
  line_under_test t;
  t.scope.spawn("line", t.line->run());
  EXPECT_FALSE(t.line->held_since());
  std::vector<std::string> in;
  for (int i = 0; i < 200; ++i)  // more than a batch
    in.push_back(i % 3 == 0 ? numbered(i) : test::signed_frame(t.signer, numbered(i)));
  for (const auto& body : in) t.line->push("t", body);
  EXPECT_TRUE(t.line->held_since());
  ASSERT_TRUE(test::drive(t.ctx, [&] { return t.out.size() == in.size(); }));
  EXPECT_EQ(t.bodies, in);
  for (std::size_t i = 0; i < in.size(); ++i)
    EXPECT_EQ(t.out[i], i % 3 == 0 ? "unsigned" : "good") << i;
  EXPECT_FALSE(t.line->held_since());
  EXPECT_EQ(t.line->held_bytes(), 0u);
  test::run(t.ctx, close(&t.scope));
}

TEST(VerificationLine, MakesItsCallerWaitWhenItHoldsTooMuch) {
  line_under_test t;
  bool has_room = false, so_has_another = false;
  for (std::size_t sum = 0; sum <= verification_line::held_bytes_max; sum += 1u << 20)
    t.line->push("t", std::string(1u << 20, ' '));
  t.scope.spawn("reader", wait_for_room(t.line.operator->(), &has_room));
  t.scope.spawn("another", wait_for_room(t.line.operator->(), &so_has_another));
  EXPECT_LT(t.ctx.poll(), 10u) << "two who wait do not wake each other";
  EXPECT_FALSE(has_room || so_has_another);
  t.scope.spawn("line", t.line->run());
  ASSERT_TRUE(test::drive(t.ctx, [&] { return has_room && so_has_another; }));
  ASSERT_TRUE(test::drive(t.ctx, [&] { return t.line->held_bytes() == 0; }));
  test::run(t.ctx, close(&t.scope));
}

TEST(VerificationLine, WhatIsHeldAtTheEndWasGivenToNobody) {
  line_under_test t;
  t.line->push("t", test::signed_frame(t.signer, numbered(1)));
  t.scope.spawn("line", t.line->run());
  test::run(t.ctx, close(&t.scope));
  EXPECT_TRUE(t.out.empty());
  EXPECT_TRUE(t.line->held_since());
}

struct bus_under_test {
  explicit bus_under_test(std::string mode) {
    config::bus_settings settings;
    settings.name = "fedmsg";
    settings.connect = {peer.endpoint};
    settings.verify.emplace();
    settings.verify->mode = std::move(mode);
    settings.verify->ca = test::write_file("ca.pem", ca.self().pem());
    bus =
        zmq_bus::create(
            ctx.get_executor(), time, settings, [this](const event& e) { seen.emplace_back(e.id); },
            [this](const refused_message& m) { seen.push_back("! " + std::string(m.why)); })
            .value();
    scope.spawn("bus", bus->run());
  }
  void send_all() {
    ASSERT_TRUE(test::drive(ctx, [&] { return peer.subscribed(); }));
    peer.send("t", test::signed_frame(signer, numbered(1)));
    peer.send("t", numbered(2));
    peer.send("u", test::signed_frame(signer, numbered(3)));
    peer.send("t", test::signed_frame(signer, numbered(4)));
    ASSERT_TRUE(test::drive(ctx, [&] { return seen.size() == 4; }));
  }
  test::authority ca;
  test::identity signer = ca.issue("signer");
  asio::io_context ctx{1};
  test::zmq_peer peer;
  manual_clock time;
  std::vector<std::string> seen;
  std::unique_ptr<zmq_bus> bus;
  task_scope scope{ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); }};
};

using texts = std::vector<std::string>;

TEST(VerifyingBus, RefusesWhatIsNotSigned) {
  bus_under_test t("enforce");
  t.send_all();
  EXPECT_EQ(t.seen, (texts{"1", "! unsigned", "! wrong_topic", "4"}));
  EXPECT_EQ(t.bus->signatures().good, 2u);
  EXPECT_EQ(t.bus->signatures().bad, 2u);
  EXPECT_EQ(t.bus->signatures().trouble,
            "2 messages not signed as they should be, the last 0ms ago: wrong_topic");
  t.time.advance(std::chrono::minutes{11});
  EXPECT_EQ(t.bus->signatures().trouble, "");
  EXPECT_TRUE(t.bus->take_again("t", numbered(5)));
  EXPECT_EQ(t.seen.back(), "! unsigned") << "nor through the locker";
  test::run(t.ctx, close(&t.scope));
}

TEST(VerifyingBus, WarningIsCountedAndTaken) {
  bus_under_test t("warn");
  t.send_all();
  EXPECT_EQ(t.seen, (texts{"1", "2", "3", "4"}));
  EXPECT_EQ(t.bus->signatures().bad, 2u);
  EXPECT_NE(t.bus->signatures().trouble, "");
  test::run(t.ctx, close(&t.scope));
}

}  // namespace
}  // namespace freshet
