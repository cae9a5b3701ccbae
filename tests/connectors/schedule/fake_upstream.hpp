#pragma once

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/document/document_builder.hpp"
#include "core/async/tokens.hpp"
#include "net/client/client_errc.hpp"

namespace freshet::test {

/// An upstream whose calls wait until the test answers them.
///
/// Lifetime: outlives its calls.
class fake_upstream {
 public:
  struct call {
    call(asio::io_context& ctx, std::string at, call_lane from)
        : target(std::move(at)), lane(from), timer(ctx, mono_time::max()) {}
    std::string target;
    call_lane lane;
    asio::steady_timer timer;
    std::optional<result<upstream_answer>> answer;
  };

  explicit fake_upstream(asio::io_context& ctx) : ctx_(ctx) {}

  asio::awaitable<result<upstream_answer>> fetch(upstream_request request) {
    asked.push_back(request.target);
    last = request;
    if (at_once) co_return *at_once;
    const auto mine = calls_.emplace(calls_.end(), ctx_, request.target, request.lane);
    const leaving end{*this, mine};
    while (!mine->answer) co_await mine->timer.async_wait(use_result);
    co_return *mine->answer;
  }

  std::size_t up() const { return calls_.size(); }
  std::vector<std::string> targets() const {
    std::vector<std::string> out;
    for (const auto& c : calls_) out.push_back(c.target);
    return out;
  }
  /// Of the newest call.
  call_lane lane_of(std::string_view target) const {
    auto lane = call_lane::background;
    for (const auto& c : calls_)
      if (c.target == target) lane = c.lane;
    return lane;
  }
  /// Answers the oldest call of this target ("" = of any); false when there is none.
  bool answer(std::string_view target, result<upstream_answer> with) {
    for (auto& c : calls_) {
      if (c.answer || (!target.empty() && c.target != target)) continue;
      c.answer = std::move(with);
      c.timer.cancel();
      return true;
    }
    return false;
  }

  std::vector<std::string> asked;
  upstream_request last;
  std::optional<result<upstream_answer>> at_once;  // instead of waiting

 private:
  struct leaving {
    fake_upstream& owner;
    std::list<call>::iterator at;
    ~leaving() { owner.calls_.erase(at); }
  };

  asio::io_context& ctx_;
  std::list<call> calls_;
};

inline upstream_answer json_answer(std::string body, unsigned status = 200) {
  const auto bytes = body.size();
  return {status, std::move(body), "application/json", bytes};
}

/// For behind a guarded_upstream.
class faked final : public upstream {
 public:
  explicit faked(fake_upstream& by) : by_(by) {}
  std::string_view name() const override { return "faked"; }
  asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override {
    return by_.fetch(std::move(request));
  }

 private:
  fake_upstream& by_;
};

}  // namespace freshet::test
