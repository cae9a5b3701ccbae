#pragma once

#include <absl/container/flat_hash_map.h>

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "app/server/engine.hpp"
#include "connectors/locker/locker_notes.hpp"
#include "store/journal/journal.hpp"
#include "store/journal/next_run.hpp"

namespace freshet::app {

/// What joins the journal to the server: how a run takes over from the one before, and who is kept.
///
/// Shape:    open(), recall() and begin() before the first answer; each runs the home loop until it
///           is done. Bodies follow while pages are served already, those that visitors wait for
///           first; pages in doubt are verified after them.
/// Errors:   open(): the server must not start. What is wrong later is a state: troubles().
/// Lifetime: stop() must have been awaited before the destructor, once start() was called.
/// Threads:  home loop only.
class journal_side {
 public:
  journal_side(asio::io_context& home, const clock& time, metrics& m, std::string path,
               task_scope::sink on_error);
  ~journal_side();

  result<> open();
  /// Of this run; an epoch goes on after a run that ended well.
  std::uint64_t epoch() const { return start_.epoch; }
  sequence first() const { return start_.first; }
  journal& of() { return journal_; }

  /// The pages of the run before, into an engine that has not started.
  void recall(engine& into);
  /// What is in the locker of the run before goes into this one's, and what will be is kept.
  void recall_locked(locker& into, locker_notes& notes);
  /// From here on this run is what the file tells of.
  void begin(engine& first);
  void start(engine& now);
  /// A reload: what is kept are the pages of another engine.
  void move_to(engine& now);
  /// The run ends well, if all gets to the disk in time.
  asio::awaitable<void> stop(std::chrono::nanoseconds patience);

  /// For readiness, a sentence each.
  std::vector<std::string> troubles() const;

 private:
  template <class T>
  T finish(asio::awaitable<T> op);
  asio::awaitable<result<>> read_pages(engine* into);
  asio::awaitable<result<>> read_gone(engine* into);
  struct body_to_come {
    page_ref page = no_page;
    sequence version = 0;
    bool asked_for = false;
  };
  asio::awaitable<void> read_bodies();
  /// False when it is not one that is still to come; else it is among the next.
  bool hurry(page_row row);
  std::vector<page_row> next_asked_for();
  void lose(page_row row);
  void lose_all();
  void take_page(engine& into, const recalled_page& page);

  asio::io_context& home_;
  const clock& time_;
  journal journal_;
  journal_head head_;
  run_start start_;
  std::vector<saved_doubt> doubts_;
  std::vector<change_ptr> changes_;  // of the run before, while it is read
  absl::flat_hash_map<page_row, body_to_come> bodies_;
  std::vector<page_row> asked_for_;
  engine* now_ = nullptr;
  std::size_t pages_ = 0;
  unsigned readers_ = 0;
  task_scope running_;
};

}  // namespace freshet::app
