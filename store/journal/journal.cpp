#include "store/journal/journal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"
#include "core/observe/rough_duration.hpp"
#include "store/journal/journal_errc.hpp"

namespace freshet {

journal::journal(asio::io_context::executor_type ex, const clock& time, metrics& m, options o)
    : time_(time),
      options_(std::move(o)),
      ex_(ex),
      sleep_(ex),
      ended_signal_(ex),
      file_(std::make_shared<std::unique_ptr<journal_file>>()),
      worker_("freshet-journal", 16) {
  count_metrics(m);
}

void journal::count_metrics(metrics& m) {
  commits_ = &m.make_counter("freshet_journal_commits_total", "Transactions that are on the disk.");
  pages_written_ = &m.make_counter("freshet_journal_pages_total",
                                   "Pages in them; by the commits: the size of a batch.");
  bytes_written_ =
      &m.make_counter("freshet_journal_body_bytes_total", "Bytes of bodies in them, unpacked.");
  errors_ = &m.make_counter("freshet_journal_errors_total", "Transactions that failed.");
  seconds_ = &m.make_histogram("freshet_journal_commit_seconds", "How long a transaction took.");
  m.make_gauge("freshet_journal_unsaved_pages", "Pages that are newer here than on the disk.",
               [this] { return static_cast<double>(unsaved()); });
  m.make_gauge("freshet_journal_lag_seconds", "How long the oldest of them waits.",
               [this] { return std::chrono::duration<double>(lag()).count(); });
  m.make_gauge("freshet_journal_file_bytes", "What the journal takes on the disk.",
               [this] { return static_cast<double>(file_bytes_); });
  m.make_gauge("freshet_journal_up", "1 while what changes gets to the disk.",
               [this] { return well() ? 1.0 : 0.0; });
}

void journal::follow(std::shared_ptr<page_saver> pages, cursors_of_buses cursors) {
  pages_ = std::move(pages);
  cursors_ = std::move(cursors);
  ++follows_;
  wake();
}

void journal::wake() {
  if (!unsaved_since_) unsaved_since_ = time_.now();
  woken_ = true;
  // Whoever waits for an acknowledgement must not make a disk that is full be tried in a circle.
  if (!failing_ || stopping_ || renew_) sleep_.cancel();
}

void journal::when_durable(std::function<void()> call) {
  waiting_.push_back(std::move(call));
  wake();
}

void journal::found_damage(const error& what) {
  renew_ = true;
  note_failure(what);
  wake();
}

bool journal::work() const {
  const bool beside = !new_doubts_.empty() || (guest_ != nullptr && guest_->any());
  return pages_ && (!pages_->notes().empty() || beside || !waiting_.empty() || renew_ || !begun_);
}

asio::awaitable<void> journal::sleep(std::chrono::nanoseconds length) {
  sleep_.expires_after(length);
  co_await sleep_.async_wait(use_result);
}

asio::awaitable<void> journal::run() {
  auto cancelled = co_await asio::this_coro::cancellation_state;
  while (!ended_ && cancelled.cancelled() == asio::cancellation_type::none) {
    if (!work() && !stopping_ && !std::exchange(woken_, false)) co_await sleep(options_.look_every);
    if (work() && !stopping_) {
      // What comes in these milliseconds shares the transaction.
      asio::steady_timer gather(ex_, options_.gather);
      co_await gather.async_wait(use_result);
    }
    woken_ = false;
    if (!pages_) continue;
    if (stopping_) co_await let_marks_arrive();
    auto done =
        renew_ || !begun_ ? result<>(failing_ ? failing_->why : error{}) : co_await write_round();
    if (!done) {
      co_await recover(done.error());
    } else if (stopping_ && !work()) {
      clean_ = co_await finish();
    }
  }
  ended_signal_.cancel();
}

/// Marks that are still on their way to many pages: at the end nobody else takes them there, and
/// neither a cursor nor whoever waits may come before them.
asio::awaitable<void> journal::let_marks_arrive() {
  while (pages_->store().marking()) {
    static_cast<void>(pages_->store().tick(time_.now()));
    co_await asio::post(ex_, asio::deferred);
  }
}

sequence journal::reservation() {
  const auto last = pages_->store().book().last_sequence();
  return last + options_.reserve / 2 < reserved_ ? reserved_ : last + options_.reserve;
}

/// Fills a batch from at most `left` notes, a slice a turn; returns how many are left of them.
asio::awaitable<std::size_t> journal::fill(std::shared_ptr<journal_batch> batch, std::size_t left) {
  const auto began = follows_;
  while (left > 0 && batch->pages.size() < options_.batch_pages &&
         batch->body_bytes < options_.batch_bytes) {
    const auto taken = pages_->cut(*batch, std::min(left, options_.slice_pages),
                                   options_.batch_bytes, last_row_, time_.now(), time_.wall_now());
    left = taken == 0 ? 0 : left - std::min(left, taken);
    if (left == 0) break;
    co_await asio::post(ex_, asio::deferred);
    if (began != follows_) break;
  }
  co_return left;
}

void journal::finish_batch(journal_batch& batch, bool last,
                           const std::vector<saved_cursor>& cursors) {
  pages_->finish(batch);
  batch.reserved = reservation();
  // In the first one: no cursor may pass a gap that nobody knows of.
  batch.doubts = std::exchange(new_doubts_, {});
  if (!last) return;
  if (guest_ != nullptr) guest_->cut(batch);
  if (cursors != written_cursors_) batch.cursors = cursors;
}

void journal::give_back(const journal_batch& batch) {
  pages_->give_back(batch);
  if (guest_ != nullptr) guest_->give_back(batch);
  new_doubts_.insert(new_doubts_.begin(), batch.doubts.begin(), batch.doubts.end());
}

void journal::doubt(const std::vector<saved_doubt>& more) {
  for (const auto& each : more) {
    std::erase_if(doubts_, [&](const auto& d) { return d.class_name == each.class_name; });
    doubts_.push_back(each);
  }
  new_doubts_.insert(new_doubts_.end(), more.begin(), more.end());
  wake();
}

asio::awaitable<result<>> journal::write_round() {
  const auto began = follows_;
  // A mark that has not reached its pages is on no page yet: no cursor may stand behind it.
  const bool whole = !pages_->store().marking();
  calls told;
  if (whole) told.swap(waiting_);
  const auto cursors = whole ? cursors_() : written_cursors_;
  writing_since_ = std::exchange(unsaved_since_, std::nullopt);
  result<> done;
  for (auto left = pages_->notes().waiting();;) {
    auto batch = std::make_shared<journal_batch>();
    left = co_await fill(batch, left);
    if (began != follows_) {
      give_back(*batch);
      break;
    }
    finish_batch(*batch, left == 0, cursors);
    // After a failure also nothing: only a transaction tells that the disk is well again.
    const bool anything =
        !batch->empty() || !told.empty() || batch->reserved != reserved_ || failing_;
    if (anything) done = co_await write_batch(batch);
    if (!done) give_back(*batch);
    if (!done || began != follows_) break;
    if (left > 0) continue;
    written_cursors_ = cursors;
    for (auto& call : std::exchange(told, {})) call();
    break;
  }
  waiting_.insert(waiting_.begin(), std::make_move_iterator(told.begin()),
                  std::make_move_iterator(told.end()));
  if (!done && (!unsaved_since_ || (writing_since_ && *writing_since_ < *unsaved_since_)))
    unsaved_since_ = writing_since_;
  writing_since_.reset();
  if (done && !work()) unsaved_since_.reset();
  co_return done;
}

asio::awaitable<result<>> journal::write_batch(std::shared_ptr<journal_batch> batch) {
  const auto began = time_.now();
  const auto job = [file = file_, batch]() -> result<std::uint64_t> {
    if (auto done = (*file)->commit(*batch); !done) return done.error();
    return (*file)->bytes();
  };
  const auto written = co_await worker_.run(job);
  if (!written) co_return written.error();
  file_bytes_ = *written;
  reserved_ = batch->reserved;
  commits_->add();
  pages_written_->add(batch->pages.size());
  bytes_written_->add(batch->body_bytes);
  seconds_->observe(std::chrono::duration<double>(time_.now() - began).count());
  note_success();
  co_return result<>{};
}

void journal::note_failure(error why) {
  errors_->add();
  if (failing_) {
    failing_->why = std::move(why);
    ++failing_->tries;
    return;
  }
  logger().error("journal: {}; pages are served on, nothing is acknowledged", why.text());
  failing_ = failure{std::move(why), time_.wall_now(), 1};
}

void journal::note_success() {
  if (!failing_) return;
  const auto length = time_.wall_now() - failing_->since;
  logger().info("journal: writes again, after {}",
                rough_duration(std::max<std::chrono::nanoseconds>(length, {})));
  failing_.reset();
}

/// Tries again later what may come right by itself; begins the file anew where nothing else helps.
asio::awaitable<void> journal::recover(error why) {
  const bool first = !renew_ && begun_;
  if (first || !failing_) note_failure(why);
  if (first && !worth_another_try(why.code)) renew_ = true;
  if (first && !renew_) {
    const auto doubled = options_.retry_first * (1u << std::min(failing_->tries - 1, 10u));
    co_await sleep(std::min<std::chrono::nanoseconds>(doubled, options_.retry_max));
    co_return;
  }
  const auto now = time_.wall_now();
  const bool anew = renew_;
  const auto job = [file = file_, text = why.text(), now, anew, epoch = epoch_,
                    reserved = reserved_, doubts = doubts_]() -> result<> {
    result<> done = anew ? (*file)->renew(text, now) : result<>{};
    return done ? (*file)->begin(epoch, reserved, doubts) : done;
  };
  auto done = co_await worker_.run(job);
  if (!done) {
    if (!worth_another_try(done.error().code)) renew_ = true;
    note_failure(done.error());
    co_await sleep(options_.retry_max);
    co_return;
  }
  if (anew) {
    logger().warn("journal: {}; the file was moved aside and is written anew", why.text());
    written_cursors_.clear();
    pages_->note_everything();
    if (guest_ != nullptr) guest_->note_everything();
  }
  renew_ = false;
  begun_ = true;
}

asio::awaitable<bool> journal::finish() {
  const auto job = [file = file_, reserved = pages_->store().book().last_sequence()] {
    return (*file)->end(reserved);
  };
  const auto done = co_await worker_.run(job);
  if (!done) logger().error("journal: the end could not be noted: {}", done.error().text());
  ended_ = true;
  co_return done.has_value();
}

asio::awaitable<bool> journal::end(std::chrono::nanoseconds patience) {
  stopping_ = true;
  wake();
  if (!ended_) {
    ended_signal_.expires_after(patience);
    co_await ended_signal_.async_wait(use_result);
  }
  if (!clean_) logger().warn("journal: not all is on the disk; the next start verifies every page");
  co_return clean_;
}

asio::awaitable<void> journal::close() {
  const auto job = [file = file_] { file->reset(); };
  static_cast<void>(co_await worker_.run(job));
  worker_.stop();
}

std::chrono::nanoseconds journal::lag() const {
  auto since = writing_since_ ? writing_since_ : unsaved_since_;
  return since ? time_.now() - *since : std::chrono::nanoseconds{0};
}

std::string journal::trouble() const {
  if (!failing_) return {};
  const auto length = std::max<std::chrono::nanoseconds>(time_.wall_now() - failing_->since, {});
  return fmt::format("{}: for {} nothing is acknowledged, {} pages are not on the disk",
                     failing_->why.text(), rough_duration(length), unsaved());
}

}  // namespace freshet
