#include "app/bench/visitor.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "core/async/tokens.hpp"

namespace freshet::app {
namespace {

constexpr std::size_t read_size = 16u << 10;
constexpr std::chrono::milliseconds pause_after_failure{100};

}  // namespace

void load_counts::answer(unsigned status, mono_time asked, mono_time now) {
  if (asked < since) return;
  ++statuses[status];
  latency.add(now - asked);
}

void load_counts::fail(std::string why) {
  ++failures;
  last_failure = std::move(why);
}

bool page_round::all_answered() const {
  return std::find(answered.begin(), answered.end(), false) == answered.end();
}

asio::awaitable<void> visitor::run() {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    auto connection = co_await dialer_.connect();
    if (connection) {
      co_await drive(connection->get());
    } else {
      counts_.fail(connection.error().text());
    }
    pause.expires_after(pause_after_failure);
    co_await pause.async_wait(use_result);
  }
}

asio::awaitable<void> visitor::drive(client_connection* c) {
  open_.clear();
  answers_ = {};
  std::string bytes(read_size, '\0');
  std::size_t wanted = depth_;
  for (;;) {
    if (wanted > 0) {
      compose(wanted, steady_clock::now());
      auto [ec, n] = co_await asio::async_write(c->socket, asio::buffer(batch_), use_result);
      if (ec == asio::error::operation_aborted) co_return;
      if (ec) co_return counts_.fail("writing a request: " + ec.message());
    }
    auto [ec, n] = co_await c->socket.async_read_some(asio::buffer(bytes), use_result);
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) co_return counts_.fail("reading an answer: " + ec.message());
    if (!take(std::string_view(bytes).substr(0, n), steady_clock::now(), wanted)) {
      co_return counts_.fail("an answer without a length, or one that nobody asked for");
    }
  }
}

void visitor::compose(std::size_t requests, mono_time now) {
  batch_.clear();
  for (std::size_t i = 0; i < requests; ++i) {
    open_.push_back({pages_.next, now});
    batch_ += pages_.requests[pages_.next];
    pages_.next = (pages_.next + 1) % pages_.requests.size();
  }
}

bool visitor::take(std::string_view bytes, mono_time now, std::size_t& answers) {
  answers = 0;
  bool asked_for = true;
  counts_.bytes += bytes.size();
  const auto on_answer = [&](unsigned status) {
    if (open_.empty()) {
      asked_for = false;
      return;
    }
    const auto asked = open_.front();
    open_.pop_front();
    ++answers;
    counts_.answer(status, asked.asked, now);
    pages_.answered[asked.page] = true;
  };
  return answers_.feed(bytes, on_answer) && asked_for;
}

}  // namespace freshet::app
