#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "core/async/task_scope.hpp"
#include "core/async/tokens.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Answers targets in lists; some spoil every call that they are in, some are refused.
class listing final : public upstream {
 public:
  std::string_view name() const override { return "listing"; }
  std::string group_of(const upstream_request& request) const override {
    return request.target.starts_with("/alone") ? "" : request.target.substr(0, 2);
  }
  asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override {
    std::vector<upstream_request> one{std::move(request)};
    auto all = co_await fetch_all(std::move(one));
    co_return std::move(all.front());
  }
  asio::awaitable<std::vector<result<upstream_answer>>> fetch_all(
      std::vector<upstream_request> requests) override {
    std::vector<std::string> asked;
    for (const auto& each : requests) asked.push_back(each.target);
    calls.push_back(asked);
    asio::steady_timer turn(co_await asio::this_coro::executor, 2ms);
    co_await turn.async_wait(asio::deferred);
    std::vector<result<upstream_answer>> out;
    for (const auto& each : asked) {
      if (spoils_by(asked))
        out.emplace_back(error(spoiled));
      else if (refused.contains(each))
        out.emplace_back(error(client_errc::fault, each));
      else if (asked.size() > 1 && unspoken.contains(each))
        out.emplace_back(error(client_errc::ask_alone));
      else
        out.emplace_back(upstream_answer{200, each, {}, 0, {}});
    }
    co_return out;
  }
  bool spoils_by(const std::vector<std::string>& asked) const {
    return std::ranges::any_of(asked, [&](const auto& each) { return spoils.contains(each); });
  }

  std::vector<std::vector<std::string>> calls;
  std::set<std::string> spoils, refused, unspoken;
  boost::system::error_code spoiled = make_error_code(client_errc::too_large);
};

asio::awaitable<void> ask(guarded_upstream* up, std::string target, call_lane lane,
                          std::optional<result<upstream_answer>>* out) {
  upstream_request request;
  request.target = std::move(target);
  request.lane = lane;
  *out = co_await up->fetch(std::move(request));
}

class SharedCalls : public testing::Test {
 protected:
  SharedCalls() {
    limits_.concurrency = 2;  // one is the visitors'
    limits_.batch = 10;
    limits_.retries = 2;
  }
  void run(std::vector<std::string> targets, std::vector<std::string> visitors = {}) {
    auto owned = std::make_unique<listing>();
    inner_ = owned.get();
    if (prepare) prepare(*inner_);
    up_.emplace(ctx_.get_executor(), time_, std::move(owned), limits_, 1);
    targets.insert(targets.end(), visitors.begin(), visitors.end());
    const auto first_visitor = targets.size() - visitors.size();
    out_.resize(targets.size());
    task_scope scope(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
    for (std::size_t i = 0; i < targets.size(); ++i)
      scope.spawn("ask",
                  ask(&*up_, targets[i],
                      i < first_visitor ? call_lane::background : call_lane::visitor, &out_[i]));
    ctx_.run();
  }
  std::vector<std::string> many(std::size_t n) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back("/a" + std::to_string(i));
    return all;
  }
  std::size_t answered() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(out_, [](const auto& each) { return each && each->has_value(); }));
  }

  asio::io_context ctx_{1};
  real_clock time_;
  config::upstream_limits limits_;
  listing* inner_ = nullptr;
  std::function<void(listing&)> prepare;
  std::optional<guarded_upstream> up_;
  std::vector<std::optional<result<upstream_answer>>> out_;
};

TEST_F(SharedCalls, WhatIsDueNowGoesInTheFewestCalls) {
  run(many(95));
  EXPECT_EQ(inner_->calls.size(), 10u);
  EXPECT_EQ(answered(), 95u);
  for (std::size_t i = 0; i < 95; ++i) EXPECT_EQ((*out_[i])->body, "/a" + std::to_string(i));
  EXPECT_EQ(up_->questions(), 95u);
  EXPECT_EQ(up_->calls(guarded_upstream::call_result::ok), 10u) << "a call counts once";
}

TEST_F(SharedCalls, GroupsAndLanesStayApart) {
  run({"/a1", "/b1", "/a2", "/alone", "/a3"}, {"/a9"});
  EXPECT_THAT(inner_->calls, ElementsAre(ElementsAre("/a9"), ElementsAre("/a1", "/a2", "/a3"),
                                         ElementsAre("/b1"), ElementsAre("/alone")))
      << "the visitor went first, and alone";
}

TEST_F(SharedCalls, OneThatIsRefusedIsRefusedAlone) {
  prepare = [](listing& of) { of.refused = {"/a3"}; };
  run(many(10));
  EXPECT_EQ(inner_->calls.size(), 1u);
  EXPECT_EQ(answered(), 9u);
  EXPECT_EQ((*out_[3]).error().code, client_errc::fault);
}

TEST_F(SharedCalls, OneThatSpoilsTheCallIsFoundAndItsNeighboursAnswered) {
  prepare = [](listing& of) { of.spoils = {"/a7"}; };
  limits_.retries = 0;
  run(many(40));
  EXPECT_EQ(answered(), 39u);
  EXPECT_EQ((*out_[7]).error().code, client_errc::too_large);
  EXPECT_LE(inner_->calls.size(), 20u);
}

TEST_F(SharedCalls, AnUpstreamThatFailsByOneOfThemIsRetriedInSmallerCalls) {
  prepare = [](listing& of) {
    of.spoils = {"/a7"};
    of.spoiled = status_error(500);
  };
  run(many(10));
  EXPECT_EQ(answered(), 9u) << "the last try is everybody's own";
  EXPECT_EQ(status_of((*out_[7]).error().code), 500u);
}

TEST_F(SharedCalls, WhatTheCommonAnswerLeavesOutIsAskedAlone) {
  prepare = [](listing& of) { of.unspoken = {"/a2", "/a5"}; };
  run(many(10));
  EXPECT_EQ(answered(), 10u);
  EXPECT_EQ(inner_->calls.size(), 3u);
}

TEST_F(SharedCalls, WhateverSpoilsWhateverIsRefusedTheOthersAreAnswered) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto names = many(1 + random() % 60);
    std::map<std::string, char> fate;
    for (const auto& name : names) {
      const auto dice = random() % 20;
      fate[name] = dice == 0 ? 's' : dice == 1 ? 'r' : dice == 2 ? 'u' : ' ';
    }
    prepare = [&](listing& of) {
      for (const auto& [name, is] : fate) {
        if (is == 's') of.spoils.insert(name);
        if (is == 'r') of.refused.insert(name);
        if (is == 'u') of.unspoken.insert(name);
      }
    };
    limits_.batch = static_cast<std::uint32_t>(2 + random() % 20);
    ctx_.restart();
    out_.clear();
    run(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      ASSERT_TRUE(out_[i]) << names[i] << " of seed " << seed;
      const auto is = fate[names[i]];
      if (is == 's' || is == 'r') {
        EXPECT_EQ((*out_[i]).error().code, is == 's' ? make_error_code(client_errc::too_large)
                                                     : make_error_code(client_errc::fault));
      } else {
        ASSERT_TRUE(*out_[i]) << names[i] << " of seed " << seed;
        EXPECT_EQ((*out_[i])->body, names[i]) << "each has its own answer";
      }
    }
    for (const auto& call : inner_->calls) EXPECT_LE(call.size(), limits_.batch);
  }
}

TEST_F(SharedCalls, WhoIsCancelledLeavesTheOthersTheirCall) {
  limits_.concurrency = 1;
  auto owned = std::make_unique<listing>();
  inner_ = owned.get();
  up_.emplace(ctx_.get_executor(), time_, std::move(owned), limits_, 1);
  out_.resize(3);
  task_scope kept(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  task_scope left(ctx_.get_executor(), [](std::string_view, std::exception_ptr) {});
  kept.spawn("0", ask(&*up_, "/a0", call_lane::background, &out_[0]));
  left.spawn("1", ask(&*up_, "/a1", call_lane::background, &out_[1]));
  kept.spawn("2", ask(&*up_, "/a2", call_lane::background, &out_[2]));
  while (inner_->calls.empty()) ctx_.run_one();
  asio::co_spawn(ctx_, left.close(), [](std::exception_ptr) {});
  ctx_.run();
  EXPECT_FALSE(out_[1]);
  EXPECT_EQ((*out_[0])->body, "/a0");
  EXPECT_EQ((*out_[2])->body, "/a2");
}

TEST_F(SharedCalls, WhoseCallIsGivenUpAsksAgain) {
  limits_.retries = 0;
  auto owned = std::make_unique<listing>();
  inner_ = owned.get();
  up_.emplace(ctx_.get_executor(), time_, std::move(owned), limits_, 1);
  out_.resize(2);
  task_scope kept(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  task_scope left(ctx_.get_executor(), [](std::string_view, std::exception_ptr) {});
  left.spawn("0", ask(&*up_, "/a0", call_lane::background, &out_[0]));
  kept.spawn("1", ask(&*up_, "/a1", call_lane::background, &out_[1]));
  while (inner_->calls.empty()) ctx_.run_one();
  asio::co_spawn(ctx_, left.close(), [](std::exception_ptr) {});
  ctx_.run();
  EXPECT_FALSE(out_[0]);
  ASSERT_TRUE(out_[1]);
  ASSERT_TRUE(*out_[1]) << (*out_[1]).error().text();
  EXPECT_EQ((*out_[1])->body, "/a1");
  EXPECT_THAT(inner_->calls, ElementsAre(ElementsAre("/a0", "/a1"), ElementsAre("/a1")));
}

}  // namespace
}  // namespace freshet
