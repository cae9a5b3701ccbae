#include "connectors/calls/call_plan.hpp"

#include <gmock/gmock.h>

#include "connectors/calls/ask_upstream.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;

std::vector<std::string> asked(const std::optional<call_plan::round>& round) {
  std::vector<std::string> out;
  if (!round) return out;
  for (const auto& call : round->calls) out.push_back(call.method + call.arguments);
  return out;
}

TEST(CallPlan, WhatNeedsNothingGoesTogether) {
  auto plan = call_plan::parse(R"([["a",1.10,"x"],["b"],["c",{"k":["y",null,true]}]])").value();
  EXPECT_THAT(asked(plan.next()),
              ElementsAre(R"(a[1.10,"x"])", "b[]", R"(c[{"k":["y",null,true]}])"));
  plan.take({"1", "2", "3"});
  EXPECT_FALSE(plan.next());
  EXPECT_EQ(plan.document(), "3");
}

TEST(CallPlan, AReferenceIsAFollowingRoundWithItsType) {
  auto plan =
      call_plan::parse(
          R"([["id","guake"],["builds",{"packageID":"$0","n":1}],["x"],["y","$1.0.nvr","$0"]])")
          .value();
  EXPECT_THAT(asked(plan.next()), ElementsAre(R"(id["guake"])", "x[]"));
  plan.take({"7000", "null"});
  EXPECT_THAT(asked(plan.next()), ElementsAre(R"(builds[{"packageID":7000,"n":1}])"));
  plan.take({R"([{"nvr":"guake-1"}])"});
  EXPECT_THAT(asked(plan.next()), ElementsAre(R"(y["guake-1",7000])"));
  plan.take({"{}"});
  EXPECT_FALSE(plan.next());
}

TEST(CallPlan, NullAndNothingAreGone) {
  for (const std::string result : {"null", "{\"a\":null}", "{}", "5"}) {
    auto plan = call_plan::parse(R"([["id"],["x","$0.a"]])").value();
    plan.next();
    plan.take({result});
    EXPECT_TRUE(plan.next()->gone) << result;
  }
}

TEST(CallPlan, ADollarFromOutsideIsNoReference) {
  const auto text = call_plan::quoted("$0");
  auto plan = call_plan::parse(R"([["id"],["x",")" + text + R"("]])").value();
  EXPECT_THAT(asked(plan.next()), ElementsAre("id[]", R"(x["$0"])"));
  EXPECT_EQ(call_plan::quoted("plain"), "plain");
  auto twice = call_plan::parse(R"([["x","$$$0","a$0"]])").value();
  EXPECT_THAT(asked(twice.next()), ElementsAre(R"(x["$$0","a$0"])"));
}

TEST(CallPlan, MistakesAreNamed) {
  for (const std::string bad :
       {"{}", "[]", "[[]]", "[[1]]", "[\"x\"]", R"([["x","$0"]])", R"([["x"],["y","$1"]])",
        R"([["x"],["y","$a"]])", R"([["x"],["y","$0."]])", R"([["x"],["y","$0x"]])", "[[\"x\"]"})
    EXPECT_FALSE(call_plan::parse(bad)) << bad;
}

/// Answers each call with its own text.
class echo final : public upstream {
 public:
  std::string_view name() const override { return "echo"; }
  std::string group_of(const upstream_request&) const override { return group; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override {
    upstream_answer out;
    out.status = 200;
    for (const auto& call : request.calls) {
      rounds += call.method + call.arguments + ";";
      out.results.push_back(call.method == "nothing" ? "null" : "\"" + call.method + "\"");
    }
    rounds += "|";
    co_return out;
  }
  std::string rounds, group;
};

boost::asio::awaitable<void> ask(upstream* of, std::string call, result<upstream_answer>* out) {
  upstream_request request;
  request.call = std::move(call);
  *out = co_await ask_upstream(of, std::move(request));
}

TEST(AskUpstream, CallsThatCannotShareOneAreQuestionsOfTheirOwn) {
  boost::asio::io_context ctx(1);
  echo of;
  result<upstream_answer> out = fail(errc::missing);
  const std::string calls = R"([["a"],["b"],["c","$0","$1"]])";
  test::run(ctx, ask(&of, calls, &out));
  EXPECT_EQ(of.rounds, "a[];|b[];|c[\"a\",\"b\"];|") << "each has its permit, time and retries";
  of.rounds.clear();
  of.group = "multiCall";
  test::run(ctx, ask(&of, calls, &out));
  EXPECT_EQ(of.rounds, "a[];b[];|c[\"a\",\"b\"];|");
}

TEST(AskUpstream, GoesThroughTheRounds) {
  boost::asio::io_context ctx(1);
  echo of;
  result<upstream_answer> out = fail(errc::missing);
  test::run(ctx, ask(&of, R"([["a"],["b","$0"]])", &out));
  EXPECT_EQ(of.rounds, "a[];|b[\"a\"];|");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->body, "\"b\"");
  test::run(ctx, ask(&of, R"([["nothing"],["b","$0"]])", &out));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->status, 404u);
}

}  // namespace
}  // namespace freshet
