#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/async/worker_thread.hpp"
#include "core/observe/metrics.hpp"
#include "store/journal/journal_file.hpp"
#include "store/journal/journal_guest.hpp"
#include "store/journal/page_saver.hpp"

namespace freshet {

namespace asio = boost::asio;

/// What home keeps on disk, and the one thread that writes it.
///
/// A round takes every page that was noted since the last one and writes it as one transaction, or
/// as several of bounded size: the bus cursors and whoever waits for durability come with the last.
/// Rounds follow each other, so the slower the disk, the larger the transactions; nothing that
/// serves ever waits for one.
///
/// Shape:    one round at a time; between rounds home keeps a note per page, and nothing else. A
///           disk that is full or fails changes that: nothing is acknowledged, the same is tried
///           again with growing pauses. A file that contradicts itself, or whose fsync failed, is
///           moved aside and written anew from memory.
/// Errors:   open(): as journal_file says. Later ones are a state: trouble().
/// Lifetime: run() has ended before the destructor; what follow() was given lives until the next
///           follow() or the end of run().
/// Threads:  home loop only; files are touched by `freshet-journal` alone.
class journal {
 public:
  struct options {
    journal_file::options file;
    std::chrono::nanoseconds gather = std::chrono::milliseconds{5};  // from a change to its round
    std::chrono::nanoseconds look_every = std::chrono::seconds{1};   // for cursors without a change
    std::chrono::nanoseconds retry_first = std::chrono::milliseconds{250};
    std::chrono::nanoseconds retry_max = std::chrono::seconds{5};
    std::size_t batch_pages = 4096;
    std::uint64_t batch_bytes = 16u << 20;
    std::size_t slice_pages = 256;  // of one turn of the loop
    sequence reserve = 1'000'000;
  };
  using cursors_of_buses = std::function<std::vector<saved_cursor>()>;

  journal(asio::io_context::executor_type ex, const clock& time, metrics& m, options o);
  journal(const journal&) = delete;

  // What an earlier run left; in this order, before run() but for the bodies.
  asio::awaitable<result<journal_head>> open();
  asio::awaitable<result<std::vector<recalled_page>>> next_pages();
  asio::awaitable<result<std::vector<saved_change>>> next_gone();
  asio::awaitable<result<std::vector<locked_event>>> locked();
  /// This run: its epoch, its first number, and the classes whose pages may have missed events.
  /// Tells in trouble() when it cannot be written.
  asio::awaitable<bool> begin(std::uint64_t epoch, sequence first, std::vector<saved_doubt> doubts);
  /// Those of `rows`; without any the next ones in their order, at the end none.
  asio::awaitable<result<std::vector<recalled_body>>> next_bodies(std::vector<page_row> rows = {});
  /// Something that was read back is not as it was written.
  void found_damage(const error& what);

  /// Whose pages are kept from now on.
  void follow(std::shared_ptr<page_saver> pages, cursors_of_buses cursors);
  /// Who else is kept, over reloads.
  void keep_beside(journal_guest* guest) { guest_ = guest; }
  /// Pages came into doubt: the next run, too, verifies what is older.
  void doubt(const std::vector<saved_doubt>& more);
  /// There may be something to write.
  void wake();
  /// Until end(), or until it is cancelled.
  asio::awaitable<void> run();
  /// Writes what is left and notes that the run ended well. False when that did not work in time.
  asio::awaitable<bool> end(std::chrono::nanoseconds patience);
  /// Closes the file. The last call.
  asio::awaitable<void> close();

  /// `call` hears on home, once everything that was marked before is on the disk: the time for an
  /// acknowledgement.
  void when_durable(std::function<void()> call);

  /// What readiness says: "" = everything is written, as fast as it comes.
  std::string trouble() const;
  bool well() const { return !failing_; }
  /// How long the oldest change waits to be on the disk.
  std::chrono::nanoseconds lag() const;
  std::size_t unsaved() const { return pages_ ? pages_->notes().size() : 0; }

 private:
  struct failure {
    error why;
    wall_time since{};
    unsigned tries = 0;
  };
  using calls = std::vector<std::function<void()>>;

  void count_metrics(metrics& m);
  bool work() const;
  void finish_batch(journal_batch& batch, bool last, const std::vector<saved_cursor>& cursors);
  void give_back(const journal_batch& batch);
  asio::awaitable<void> sleep(std::chrono::nanoseconds length);
  asio::awaitable<void> let_marks_arrive();
  asio::awaitable<result<>> write_round();
  asio::awaitable<result<>> write_batch(std::shared_ptr<journal_batch> batch);
  asio::awaitable<std::size_t> fill(std::shared_ptr<journal_batch> batch, std::size_t left);
  asio::awaitable<void> recover(error why);
  asio::awaitable<bool> finish();
  sequence reservation();
  void note_failure(error why);
  void note_success();

  const clock& time_;
  options options_;
  asio::io_context::executor_type ex_;
  std::shared_ptr<page_saver> pages_;
  cursors_of_buses cursors_;
  unsigned follows_ = 0;
  page_row last_row_ = 0;
  std::uint64_t epoch_ = 0;
  sequence reserved_ = 0;
  std::vector<saved_doubt> doubts_;
  std::vector<saved_doubt> new_doubts_;  // that are not on the disk
  journal_guest* guest_ = nullptr;
  std::vector<saved_cursor> written_cursors_;
  calls waiting_;  // for the next round
  std::optional<failure> failing_;
  bool renew_ = false;  // the file has to be begun anew
  bool begun_ = false;  // the file says whose run it is
  bool woken_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  bool clean_ = false;
  std::optional<mono_time> unsaved_since_;
  std::optional<mono_time> writing_since_;
  std::uint64_t file_bytes_ = 0;
  counter* commits_ = nullptr;
  counter* pages_written_ = nullptr;
  counter* bytes_written_ = nullptr;
  counter* errors_ = nullptr;
  histogram* seconds_ = nullptr;
  asio::steady_timer sleep_;
  asio::steady_timer ended_signal_;
  // The file is made, used and closed by jobs, each of which shares it.
  std::shared_ptr<std::unique_ptr<journal_file>> file_;
  worker_thread worker_;
};

}  // namespace freshet
