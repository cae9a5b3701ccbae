#include "app/server/journal_side.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"
#include "store/journal/journal_errc.hpp"

namespace freshet::app {
namespace {

/// Numbers rise over restarts even when the file could not be written for a while.
std::uint64_t wall_micros(const clock& time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.wall_now().time_since_epoch())
          .count());
}

journal::options options_of(std::string path) {
  journal::options out;
  out.file.path = std::move(path);
  return out;
}

}  // namespace

journal_side::journal_side(asio::io_context& home, const clock& time, metrics& m, std::string path,
                           task_scope::sink on_error)
    : home_(home),
      time_(time),
      journal_(home.get_executor(), time, m, options_of(std::move(path))),
      running_(home.get_executor(), std::move(on_error)) {}

journal_side::~journal_side() = default;

/// Runs home until `op` has ended: only before anything else runs there.
template <class T>
T journal_side::finish(asio::awaitable<T> op) {
  std::optional<T> out;
  std::exception_ptr thrown;
  const auto done = [&](std::exception_ptr error, T value) {
    thrown = error;
    out.emplace(std::move(value));
  };
  asio::co_spawn(home_, std::move(op), done);
  home_.run();
  home_.restart();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*out);
}

result<> journal_side::open() {
  auto head = finish(journal_.open());
  if (!head) return head.error();
  head_ = std::move(*head);
  start_ = next_run(head_, wall_micros(time_));
  return {};
}

void journal_side::recall(engine& into) {
  const auto missed = into.resume(head_);
  std::vector<std::string> names;
  for (const auto& page : into.settings().pages) names.push_back(page.name);
  doubts_ = doubts_of_next_run(head_, start_.first, names, missed);
  auto done = finish(read_pages(&into));
  if (done) done = finish(read_gone(&into));
  if (!done) {
    // What was read is kept, but nobody knows what is missing.
    journal_.found_damage(done.error());
    changes_.clear();
    doubts_.clear();
    for (std::size_t i = 0; i < missed.size(); ++i) {
      doubts_.push_back({names[i], start_.first});
      into.store().book().unverify(static_cast<class_id>(i));
    }
  }
  if (head_.clean) {
    std::ranges::sort(changes_, {}, &change::at);
    into.store().recall_changes(changes_, done ? head_.dropped : head_.changed, head_.changed);
  } else {
    // Versions of another epoch are no changes of this one, nor of a clean restart after it.
    into.store().recall_changes({}, start_.first - 1, start_.first - 1);
  }
  changes_.clear();
  changes_.shrink_to_fit();
  if (pages_ > 0)
    logger().info("journal: {} pages of a run that {}", pages_,
                  head_.clean ? "ended well" : "did not end: each is verified");
}

asio::awaitable<result<>> journal_side::read_pages(engine* into) {
  for (;;) {
    const auto chunk = co_await journal_.next_pages();
    if (!chunk) co_return chunk.error();
    if (chunk->empty()) co_return result<>{};
    for (const auto& page : *chunk) {
      if (contradicts(page.what, head_))
        co_return error(journal_errc::damaged, page.what.path + ": of a number not given yet");
      take_page(*into, page);
    }
  }
}

void journal_side::take_page(engine& into, const recalled_page& page) {
  const auto ref = into.recall(page, doubted_since(doubts_, page.class_name));
  if (ref == no_page) {
    into.drop_row(page.what.row);
    return;
  }
  ++pages_;
  const auto& what = page.what;
  if (what.version == 0) return;
  bodies_.emplace(what.row, body_to_come{ref, what.version});
  const auto of = into.store().slot_of(ref)->page;
  auto record = change_of(what, head_, of, ref);
  if (!record) return;
  // Its body comes later, and streams take it from the page.
  record->full = into.pushes_whole(of);
  record->guarded = into.guards(of);
  changes_.push_back(std::move(record));
}

asio::awaitable<result<>> journal_side::read_gone(engine* into) {
  for (;;) {
    const auto chunk = co_await journal_.next_gone();
    if (!chunk) co_return chunk.error();
    if (chunk->empty()) co_return result<>{};
    for (const auto& gone : *chunk) {
      const auto match = into->pages().find(gone.path);
      if (match.what != page_match::outcome::found) continue;
      const auto here = into->store().find(gone.path);
      // Any row does: only pages that are known are looked up by theirs.
      const auto ref = here == no_page ? into->store().rows() : here;
      auto record = change_of(gone, match.key.page, ref);
      record->guarded = into->guards(match.key.page);
      changes_.push_back(std::move(record));
    }
  }
}

void journal_side::recall_locked(locker& into, locker_notes& notes) {
  auto left = finish(journal_.locked());
  std::vector<std::uint64_t> written;
  if (left) {
    for (const auto& one : *left) written.push_back(one.number);
    into.restore(std::move(*left));
  } else {
    journal_.found_damage(left.error());
  }
  notes.follow(into, std::move(written), [this] { journal_.wake(); });
  journal_.keep_beside(&notes);
}

void journal_side::begin(engine& first) {
  now_ = &first;
  first.on_awaited_body([this](page_row row) { return hurry(row); });
  const bool begun = finish(journal_.begin(start_.epoch, start_.first, doubts_));
  if (!begun && head_.clean) logger().warn("journal: the next start verifies every page");
  journal_.follow(first.saver(), [&first] { return first.written_cursors(); });
}

void journal_side::start(engine& now) {
  now_ = &now;
  running_.spawn("journal", journal_.run());
  // While one chunk is taken in here the thread reads the next.
  readers_ = 2;
  for (unsigned i = 0; i < readers_; ++i) running_.spawn("journal bodies", read_bodies());
}

asio::awaitable<void> journal_side::read_bodies() {
  while (!bodies_.empty()) {
    const auto wanted = next_asked_for();
    auto chunk = co_await journal_.next_bodies(wanted);
    if (!chunk) {
      journal_.found_damage(chunk.error());
      break;
    }
    if (chunk->empty() && wanted.empty()) break;
    for (auto& body : *chunk) {
      const auto found = bodies_.find(body.row);
      if (found == bodies_.end()) continue;
      const auto is = found->second;
      bodies_.erase(found);
      if (is.version == body.version) now_->recall_body(is.page, std::move(body));
      now_->body_lost(is.page);  // if it was not the right one
    }
    for (const auto row : wanted) lose(row);
    // Memory may be less than it was: what does not fit is evicted before more is read.
    while (now_->store().memory().excess() > 0 && now_->store().tick(time_.now()))
      co_await asio::post(home_, asio::deferred);
  }
  if (--readers_ > 0) co_return;
  lose_all();
  now_->start_verifying();
}

bool journal_side::hurry(page_row row) {
  const auto found = bodies_.find(row);
  if (found == bodies_.end()) return false;
  if (!std::exchange(found->second.asked_for, true)) asked_for_.push_back(row);
  return true;
}

std::vector<page_row> journal_side::next_asked_for() {
  constexpr std::size_t most = 64;
  const auto n = std::min(asked_for_.size(), most);
  const auto end = asked_for_.begin() + static_cast<std::ptrdiff_t>(n);
  std::vector<page_row> out(asked_for_.begin(), end);
  asked_for_.erase(asked_for_.begin(), end);
  return out;
}

void journal_side::lose(page_row row) {
  const auto found = bodies_.find(row);
  if (found == bodies_.end()) return;
  const auto page = found->second.page;
  bodies_.erase(found);
  now_->body_lost(page);
}

void journal_side::lose_all() {
  asked_for_.clear();
  const auto lost = std::exchange(bodies_, {});
  for (const auto& [row, is] : lost) now_->body_lost(is.page);
}

void journal_side::move_to(engine& now) {
  absl::flat_hash_map<page_row, body_to_come> moved;
  for (const auto& [row, is] : bodies_) {
    const auto* s = now_->store().slot_of(is.page);
    const auto here = s == nullptr ? no_page : now.store().find(s->path());
    if (here != no_page) moved.emplace(row, body_to_come{here, is.version});
  }
  // Who waits for one over there has the page built: the bodies come over here.
  now_->on_awaited_body({});
  lose_all();
  bodies_ = std::move(moved);
  now_ = &now;
  now_->on_awaited_body([this](page_row row) { return hurry(row); });
  journal_.follow(now.saver(), [&now] { return now.written_cursors(); });
  if (readers_ == 0) now.start_verifying();
}

asio::awaitable<void> journal_side::stop(std::chrono::nanoseconds patience) {
  now_->on_awaited_body({});
  bodies_.clear();
  co_await journal_.end(patience);
  co_await running_.close();
  co_await journal_.close();
}

std::vector<std::string> journal_side::troubles() const {
  std::vector<std::string> out;
  if (auto why = journal_.trouble(); !why.empty()) out.push_back("journal: " + why);
  if (!bodies_.empty()) out.push_back(fmt::format("journal: {} bodies to read", bodies_.size()));
  return out;
}

}  // namespace freshet::app
