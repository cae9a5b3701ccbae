#include "connectors/upstream/events/event_feed.hpp"

#include <boost/asio/post.hpp>

#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"

namespace freshet {

constexpr std::size_t jobs_max = 4096;
constexpr std::chrono::milliseconds pause_first{250};
constexpr std::chrono::seconds pause_max{5};

event_feed::event_feed(asio::io_context::executor_type ex, const clock& time, std::string path,
                       feed_bounds bounds, metrics& m, task_scope::sink on_error)
    : ex_(ex),
      time_(time),
      written_(m.make_counter("freshet_feed_events_total", "Events that feeds keep.", {})),
      left_out_(m.make_counter("freshet_feed_left_out_total",
                               "Events that feeds had no room for while their file was busy.", {})),
      dropped_(
          m.make_counter("freshet_feed_values_dropped_total",
                         "Values whose events feeds do not keep any more: beyond their number, "
                         "or without room in memory.",
                         {})),
      errors_(m.make_counter("freshet_feed_errors_total", "Writes to the feeds' file that failed.",
                             {})),
      file_(std::make_shared<side_file<feed_file>>(
          std::move(path),
          [bounds](const std::string& at) { return feed_file::open(at, bounds); })),
      running_(ex, std::move(on_error)) {}

event_feed::~event_feed() = default;

worker_thread& event_feed::worker() {
  if (!worker_) worker_ = std::make_unique<worker_thread>("freshet-feed", jobs_max);
  return *worker_;
}

void event_feed::add(feed_entry entry) {
  // An event stands in the list of each of its values, but in memory once.
  const bool again = !next_.entries.empty() && next_.entries.back().what == entry.what;
  const auto bytes =
      sizeof(feed_entry) + entry.value.size() + (again ? 0 : entry.what->document.size());
  if (running_.closed() || waiting_bytes_ + bytes > waiting_bytes_max) return left_out_.add();
  waiting_bytes_ += bytes;
  next_.bytes += bytes;
  next_.entries.push_back(std::move(entry));
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
  if (next_.entries.empty()) return;
  auto what = std::make_shared<const batch>(std::exchange(next_, {}));
  unwritten_.insert(++handed_);
  running_.spawn("feed", write(std::move(what), handed_));
}

asio::awaitable<void> event_feed::write(std::shared_ptr<const batch> what, std::uint64_t number) {
  asio::steady_timer timer(ex_);
  for (std::chrono::nanoseconds pause = pause_first;;
       pause = std::min<std::chrono::nanoseconds>(pause * 2, pause_max)) {
    auto job = [what, file = file_, now = time_.wall_now()] {
      return file->use(now, [&](feed_file& is) { return is.add(what->entries); });
    };
    const auto done = co_await worker().run(std::move(job));
    if (done) {
      dropped_.add(done->dropped);
      file_bytes_ = done->bytes;
      break;
    }
    errors_.add();
    // Once, however many batches wait by now.
    if (std::exchange(trouble_, done.error().code.message()).empty())
      logger().warn("feed: events wait for their file: {}", done.error().text());
    timer.expires_after(pause);
    co_await timer.async_wait(use_result);
  }
  if (!std::exchange(trouble_, {}).empty()) logger().info("feed: events are written again");
  written_.add(what->entries.size());
  waiting_bytes_ -= what->bytes;
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
                                                        std::size_t count, std::size_t bytes_max) {
  hand_over();
  auto job = [feed = std::move(feed), value = std::move(value), count, bytes_max, file = file_,
              now = time_.wall_now()] {
    return file->use(now, [&](feed_file& is) { return is.newest(feed, value, count, bytes_max); });
  };
  co_return co_await worker().run(std::move(job));
}

/// What is handed over is written before the file is closed; what failed so far is lost here, and
/// asked for again from the bus, whose position is not beyond it.
asio::awaitable<void> event_feed::close() {
  hand_over();
  if (worker_) {
    auto job = [file = file_] { file->close(); };
    static_cast<void>(co_await worker_->run(std::move(job)));
    worker_->stop();
  }
  co_await running_.close();
}

}  // namespace freshet
