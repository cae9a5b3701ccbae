#include "connectors/verify/verification_line.hpp"

#include <boost/asio/post.hpp>

#include "core/async/tokens.hpp"

namespace freshet {

namespace asio = boost::asio;

verification_line::verification_line(asio::io_context::executor_type ex, const clock& time,
                                     std::shared_ptr<message_verifier> by, sink out)
    : time_(time),
      by_(std::move(by)),
      out_(std::move(out)),
      // Set once: to set them again would wake who else waits, who would set them again.
      came_(ex, asio::steady_timer::time_point::max()),
      left_(ex, asio::steady_timer::time_point::max()),
      worker_("verify", 1) {}

void verification_line::push(std::string_view topic, std::string_view body) {
  waiting_.push_back({std::string(topic), std::string(body), time_.now()});
  held_bytes_ += waiting_.back().cost();
  came_.cancel();
}

std::optional<mono_time> verification_line::held_since() const {
  if (checked_ && delivered_ < checked_->size()) return (*checked_)[delivered_].since;
  if (!waiting_.empty()) return waiting_.front().since;
  return {};
}

asio::awaitable<void> verification_line::room() {
  while (held_bytes_ > held_bytes_max) {
    co_await left_.async_wait(use_result);
  }
}

std::vector<signature_verdict> verification_line::check_all(message_verifier& by,
                                                            const batch& messages,
                                                            const clock& time) {
  std::vector<signature_verdict> out;
  out.reserve(messages.size());
  for (const auto& m : messages)
    out.push_back(by.check(m.topic, m.body, time.now(), time.wall_now()));
  return out;
}

std::shared_ptr<verification_line::batch> verification_line::next_batch() {
  auto out = std::make_shared<batch>();
  std::size_t bytes = 0;
  while (!waiting_.empty() && out->size() < batch_messages && bytes < batch_bytes) {
    bytes += waiting_.front().cost();
    out->push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return out;
}

asio::awaitable<void> verification_line::run() {
  for (;;) {
    while (waiting_.empty()) {
      co_await came_.async_wait(use_result);
    }
    checked_ = next_batch();
    delivered_ = 0;
    // The job owns all it works on: we may be cancelled while it runs.
    auto job = [messages = checked_, by = by_, time = &time_] {
      return check_all(*by, *messages, *time);
    };
    auto verdicts = co_await worker_.run(std::move(job));
    if (!verdicts) co_return;  // cancelled
    for (; delivered_ < checked_->size(); ++delivered_) {
      const auto& m = (*checked_)[delivered_];
      out_(m.topic, m.body, (*verdicts)[delivered_]);
      held_bytes_ -= m.cost();
    }
    checked_.reset();
    left_.cancel();
    co_await asio::post(use_result);
  }
}

}  // namespace freshet
