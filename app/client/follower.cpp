#include "app/client/follower.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <utility>

#include "app/client/plain_text.hpp"
#include "core/async/tokens.hpp"

namespace freshet::app {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t refusal_bytes_max = 64 * 1024;

std::chrono::seconds to_seconds(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return whole ? std::min(std::chrono::seconds(seconds), std::chrono::seconds(3600)) : 0s;
}

}  // namespace

follower::follower(remote& server, follow_options options, note_sink on_note)
    : server_(server), options_(std::move(options)), on_note_(std::move(on_note)) {}

asio::awaitable<result<std::optional<stream_event>>> follower::next() {
  while (events_.empty()) {
    if (stream_) {
      const auto got = co_await read();
      if (!got) co_return got.error();
      continue;
    }
    if (std::exchange(attempted_, true)) co_await pause();
    const auto now = co_await connect();
    if (!now) co_return now.error();
    if (*now == state::over) co_return std::optional<stream_event>();
  }
  auto event = std::move(events_.front());
  events_.pop_front();
  co_return std::optional<stream_event>(std::move(event));
}

asio::awaitable<result<follower::state>> follower::connect() {
  auto request = server_.request("GET", options_.target);
  request.headers.emplace_back("Accept", "text/event-stream");
  request.headers.emplace_back("Cache-Control", "no-store");
  const auto& id = decoder_.last_id().empty() ? options_.last_event_id : decoder_.last_id();
  if (!id.empty()) request.headers.emplace_back("Last-Event-ID", id);
  auto opened = co_await http_stream::open(server_.loop().get_executor(), server_.connection(),
                                           std::move(request));
  if (!opened && !reached_) co_return opened.error();
  if (!opened) {
    ++failures_;
    on_note_(opened.error().text() + "; trying again");
    co_return state::again;
  }
  reached_ = true;
  co_return co_await judge(std::move(*opened));
}

asio::awaitable<result<follower::state>> follower::judge(std::unique_ptr<http_stream> stream) {
  const auto& head = stream->head();
  if (head.status == 204) co_return state::over;
  if (head.status == 200 && head.content_type.starts_with("text/event-stream")) {
    if (failures_ > 0) on_note_("connected");
    failures_ = 0;
    decoder_.restart();
    stream_ = std::move(stream);
    co_return state::open;
  }
  if (head.status == 200) {
    co_return error(client_errc::protocol,
                    "expected an event stream, found " + printable(head.content_type));
  }
  auto refusal = head;
  if (auto body = co_await stream->read_rest(refusal_bytes_max, 5s)) refusal.body = *body;
  if (head.status == 429 || head.status >= 500) {
    ++failures_;
    retry_after_ = to_seconds(head.retry_after);
    on_note_(describe_status(refusal) + "; trying again");
    co_return state::again;
  }
  co_return error(status_error(head.status), describe_status(refusal));
}

asio::awaitable<void> follower::pause() {
  const auto base = decoder_.retry() ? std::chrono::nanoseconds(*decoder_.retry()) : options_.retry;
  auto wait = std::min(base * (1 << std::min(failures_, 10)), std::max(base, options_.retry_max));
  std::uniform_real_distribution<double> part(0.5, 1.0);
  wait = std::chrono::nanoseconds(std::llround(static_cast<double>(wait.count()) * part(random_)));
  wait = std::max(wait, std::exchange(retry_after_, 0ns));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(wait);
  co_await timer.async_wait(asio::deferred);
}

asio::awaitable<result<>> follower::read() {
  auto got = co_await stream_->read(options_.silence);
  const auto keep = [this](stream_event event) { events_.push_back(std::move(event)); };
  if (got && !got->empty()) {
    if (decoder_.feed(*got, keep)) co_return result<>();
    // Reconnecting would only bring it again.
    co_return error(client_errc::too_large, "an event beyond every bound");
  }
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != asio::cancellation_type::none) co_return fail(errc::closed);
  if (!got) on_note_(got.error().text() + "; connecting again");
  stream_.reset();  // an end without an error is the server's rotation: no word about it
  co_return result<>();
}

}  // namespace freshet::app
