#include "connectors/upstream/events/event_feed.hpp"

#include <boost/asio/post.hpp>

#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"

namespace freshet {

constexpr std::size_t jobs_max = 4096;
constexpr std::chrono::milliseconds pause_first{250};
constexpr std::chrono::seconds pause_max{5};

event_feed::event_feed(asio::io_context::executor_type ex, std::string path, metrics& m,
                       task_scope::sink on_error)
    : ex_(ex),
      path_(std::move(path)),
      written_(m.make_counter("freshet_feed_events_total", "Events that feeds keep.", {})),
      left_out_(m.make_counter("freshet_feed_left_out_total",
                               "Events that feeds had no room for while their file was busy.", {})),
      errors_(m.make_counter("freshet_feed_errors_total", "Writes to the feeds' file that failed.",
                             {})),
      running_(ex, std::move(on_error)) {}

event_feed::~event_feed() = default;

result<feed_file*> event_feed::opened(const held_file& file, const std::string& path) {
  if (!*file) {
    auto made = feed_file::open(path);
    if (!made) return made.error();
    *file = std::move(*made);
  }
  return file->get();
}

void event_feed::add(feed_entry entry) {
  const auto bytes = entry.what->document.size() + entry.value.size();
  if (running_.closed() || waiting_bytes_ + bytes > waiting_bytes_max) return left_out_.add();
  waiting_bytes_ += bytes;
  next_.push_back(std::move(entry));
  if (std::exchange(woken_, true)) return;
  running_.spawn("feed", hand_over_soon());
}

/// What one turn of the loop brings is one transaction.
asio::awaitable<void> event_feed::hand_over_soon() {
  co_await asio::post(ex_, use_result);
  hand_over();
}

/// The file's thread takes jobs in their order, so what comes behind this sees it.
void event_feed::hand_over() {
  woken_ = false;
  if (next_.empty()) return;
  auto what = std::make_shared<const batch>(std::move(next_));
  next_.clear();
  unwritten_.insert(++handed_);
  running_.spawn("feed", write(std::move(what), handed_));
}

asio::awaitable<void> event_feed::write(std::shared_ptr<const batch> what, std::uint64_t number) {
  if (!worker_) worker_ = std::make_unique<worker_thread>("freshet-feed", jobs_max);
  asio::steady_timer timer(ex_);
  for (std::chrono::nanoseconds pause = pause_first;;
       pause = std::min<std::chrono::nanoseconds>(pause * 2, pause_max)) {
    auto job = [what, file = file_, path = path_]() -> result<> {
      auto is = opened(file, path);
      return is ? (*is)->add(*what) : result<>(is.error());
    };
    const auto done = co_await worker_->run(std::move(job));
    if (done) break;
    errors_.add();
    logger().warn("feed: {} events wait: {}", what->size(), done.error().text());
    timer.expires_after(pause);
    co_await timer.async_wait(use_result);
  }
  written_.add(what->size());
  for (const auto& each : *what) waiting_bytes_ -= each.what->document.size() + each.value.size();
  unwritten_.erase(number);
  tell_waiting();
}

void event_feed::tell_waiting() {
  const auto first = unwritten_.empty() ? handed_ + 1 : *unwritten_.begin();
  std::size_t told = 0;
  auto all = std::exchange(waiting_, {});
  for (; told < all.size() && all[told].first < first; ++told) all[told].second();
  waiting_.insert(waiting_.begin(),
                  std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(told)),
                  std::make_move_iterator(all.end()));
}

void event_feed::when_written(std::function<void()> call) {
  hand_over();
  if (unwritten_.empty()) return call();
  waiting_.emplace_back(handed_, std::move(call));
}

asio::awaitable<result<std::string>> event_feed::newest(std::string feed, std::string value,
                                                        std::size_t count) {
  hand_over();
  if (!worker_) worker_ = std::make_unique<worker_thread>("freshet-feed", jobs_max);
  auto job = [feed = std::move(feed), value = std::move(value), count, file = file_,
              path = path_]() -> result<std::string> {
    auto is = opened(file, path);
    if (!is) return is.error();
    return (*is)->newest(feed, value, count);
  };
  co_return co_await worker_->run(std::move(job));
}

/// What is handed over is written before the file is closed; what failed so far is lost here, and
/// asked for again from the bus, whose position is not beyond it.
asio::awaitable<void> event_feed::close() {
  hand_over();
  if (worker_) {
    auto job = [file = file_] { file->reset(); };
    static_cast<void>(co_await worker_->run(std::move(job)));
    worker_->stop();
  }
  co_await running_.close();
}

}  // namespace freshet
