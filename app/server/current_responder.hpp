#pragma once

#include <functional>
#include <memory>

#include "net/http/server/responder.hpp"

namespace freshet::app {

/// Answers with the responder of the newest configuration. A slow answer ends with the one it began
/// with, and keeps it alive.
///
/// Threads: its loop.
class current_responder final : public http::responder {
 public:
  void set(std::shared_ptr<http::responder> next) { current_ = std::move(next); }
  /// Called before each slow answer.
  void before_slow(std::function<void()> call) { before_slow_ = std::move(call); }

  void begin_turn() override { current_->begin_turn(); }
  outcome answer(const http::request_head& head, const http::peer& from,
                 http::response_batch& out) override {
    return current_->answer(head, from, out);
  }
  void refused(std::uint16_t status) override { current_->refused(status); }
  http::asio::awaitable<after> answer_slowly(const http::request_head* head, http::connection* c,
                                             http::response_batch* out) override {
    const auto kept = current_;
    if (before_slow_) before_slow_();
    co_return co_await kept->answer_slowly(head, c, out);
  }

 private:
  std::shared_ptr<http::responder> current_;
  std::function<void()> before_slow_;
};

}  // namespace freshet::app
