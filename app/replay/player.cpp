#include "app/replay/player.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/async/tokens.hpp"

namespace freshet::app {

result<std::unique_ptr<player>> player::open(asio::io_context::executor_type ex,
                                             replay_options options, bad_sink on_bad) {
  auto lines = line_reader::open(ex, options.file, line_max);
  if (!lines) return lines.error();
  auto publisher = zmq_publisher::bind(ex, options.endpoint);
  if (!publisher) return publisher.error();
  return std::unique_ptr<player>(
      new player(std::move(options), std::move(*lines), std::move(*publisher), std::move(on_bad)));
}

player::player(replay_options options, std::unique_ptr<line_reader> lines,
               std::unique_ptr<zmq_publisher> publisher, bad_sink on_bad)
    : options_(std::move(options)),
      lines_(std::move(lines)),
      publisher_(std::move(publisher)),
      on_bad_(std::move(on_bad)),
      decoder_("replay", line_max) {}

asio::awaitable<result<>> player::wait_for_subscriber() {
  auto heard = co_await publisher_->first_subscription(options_.subscription_wait);
  if (heard) co_await wait_until(steady_clock::now() + options_.settle);
  co_return heard;
}

asio::awaitable<void> player::wait_until(mono_time due) {
  const auto ex = co_await asio::this_coro::executor;
  asio::steady_timer timer(ex, due);
  co_await timer.async_wait(asio::deferred);
}

asio::awaitable<result<>> player::play_once() {
  options_.pace.start(steady_clock::now());
  for (;;) {
    auto line = co_await lines_->next();
    if (!line) co_return line.error();
    if (!*line) break;
    if ((*line)->too_long) {
      ++counts_.bad;
      on_bad_((*line)->number, "too_large");
      continue;
    }
    const auto text = (*line)->text;
    const auto message = decoder_.decode_line(text);
    if (!message) {
      ++counts_.bad;
      on_bad_((*line)->number, message.drop);
      continue;
    }
    const auto due = options_.pace.due(message.value.time);
    // The message borrows from reader and decoder, which only this coroutine moves on.
    if (due > steady_clock::now()) {
      co_await wait_until(due);
    } else if (++turn_ >= turn_messages) {
      turn_ = 0;
      co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    }
    publisher_->send(message.value.topic, text);
    ++counts_.sent;
  }
  ++counts_.rounds;
  co_return result<>();
}

asio::awaitable<result<>> player::run() {
  for (;;) {
    const auto before = counts_.sent;
    auto played = co_await play_once();
    // A round that sent nothing would be repeated for ever without a pause.
    if (!played || !options_.loop || counts_.sent == before) co_return played;
    if (!lines_->rewind()) co_return fail(errc::malformed, options_.file + ": cannot start again");
  }
}

}  // namespace freshet::app
