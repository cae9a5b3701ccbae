#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "connectors/bus/bus.hpp"
#include "connectors/bus/demo/demo_bus.hpp"
#include "connectors/catchup/bus_doubts.hpp"
#include "connectors/catchup/stream_keeper.hpp"
#include "connectors/ingest/ingest.hpp"
#include "connectors/refresh/refresher.hpp"
#include "connectors/registry/make_bus.hpp"
#include "connectors/rules/rule_table.hpp"
#include "connectors/schedule/miss_desk.hpp"
#include "connectors/schedule/scheduler.hpp"
#include "connectors/schedule/verifier.hpp"
#include "connectors/schedule/warmer.hpp"
#include "connectors/sweep/drift_book.hpp"
#include "core/async/task_scope.hpp"
#include "core/async/worker_thread.hpp"
#include "store/home/page_store.hpp"
#include "store/journal/journal.hpp"

namespace freshet::app {

namespace asio = boost::asio;

/// What an engine is built into.
struct engine_environment {
  asio::io_context& home;
  const clock& time;
  metrics& counts;
  worker_thread& heavy;
  std::shared_ptr<demo_world> world;
  std::uint64_t seed = 1;
  std::size_t loops = 1;
  post_index_update post{};  // to the other loops
  std::uint64_t epoch = 1;
  sequence first = 1;
  std::function<void(const change_ptr&)> changed = [](const change_ptr&) {};
  task_scope::sink on_error{};
  locker* kept = nullptr;      // outlives every engine
  journal* kept_by = nullptr;  // null: memory only
  event_feed* feed = nullptr;  // these two outlive every engine, too
  search_index* finds = nullptr;
};

/// Everything that follows from one configuration but its sockets: store, rules, upstreams, buses,
/// and who drives them. A reload makes a new one beside it, and lets the old one finish.
///
/// Shape:    events go bus -> ingest -> store -> scheduler -> refresher -> store; visitors of cold
///           pages come in through desk().
/// Errors:   create(): what is wrong with the configuration, or with what it names.
/// Lifetime: close() must have been awaited before the destructor.
/// Threads:  home loop only.
class engine {
 public:
  static std::unique_ptr<engine> create(config::settings settings, const engine_environment& with,
                                        std::vector<config::diagnostic>& problems,
                                        const engine* beside = nullptr);
  engine(const engine&) = delete;

  /// Starts what stands still; buses that were taken over run already.
  void start();
  /// Takes no more events; refreshes and waiting visitors go on.
  asio::awaitable<void> stop_buses();
  asio::awaitable<void> close();

  /// An event out of the locker, to its bus once more; false when it is in the locker again.
  bool take_again(locked_event event);
  /// About every second: notices what did not happen.
  void tick();
  bool lists(const page_key& key) const { return warmer_->lists(key); }

  /// Takes over what `old` knows: pages that still exist keep body and version and are built anew.
  void adopt(const engine& old);
  /// Takes over the buses that read the same here and there, as they run: no message falls between
  /// the two, a file goes on where it is. REQUIRES: this was created beside `old`.
  void take_buses(engine& old);

  // For the journal (engine_journal.cpp).
  /// Buses go on where they were; answers which classes may have missed events all the same.
  std::vector<bool> resume(const journal_head& from);
  /// Takes over a page of an earlier run; its bytes are in doubt below `doubted_since`.
  page_ref recall(const recalled_page& page, sequence doubted_since);
  void recall_body(page_ref page, recalled_body body);
  /// It does not come: whoever waits for it has the page built.
  void body_lost(page_ref page) { desk_->settled(page); }
  /// Asked for a page that a visitor waits for: whether its body is still to come.
  void on_awaited_body(std::function<bool(page_row)> ask) { comes_ = std::move(ask); }
  bool pushes_whole(class_id page) const { return store_->pushes_whole(page); }
  bool guards(class_id page) const { return store_->guards(page); }
  /// The configuration has no such page any more.
  void drop_row(page_row row) { unsaved_->drop(row); }
  /// Has the pages that are in doubt built again.
  void start_verifying();
  std::shared_ptr<page_saver> saver();
  std::vector<saved_cursor> cursors() const;
  /// Those that may be written now.
  std::vector<saved_cursor> written_cursors();

  const config::settings& settings() const { return settings_; }
  const site& pages() const { return pages_; }
  page_store& store() { return *store_; }
  const page_store& store() const { return *store_; }
  miss_desk& desk() { return *desk_; }
  const refresher& refreshes() const { return *refresher_; }
  const ingest& events() const { return *ingest_; }
  const drift_book& drifts() const { return *drifts_; }
  /// How whole the stream of a bus is.
  stream_report stream(std::size_t bus) const;
  const std::vector<std::unique_ptr<guarded_upstream>>& upstreams() const { return upstreams_; }
  /// The demonstration's own bus, or null.
  demo_bus* demo() { return demo_; }

 private:
  engine(config::settings settings, const engine_environment& with,
         std::vector<config::diagnostic>& problems);
  void make_upstreams(const connector_environment& with, std::vector<config::diagnostic>& problems);
  /// A bus, who sees to its being whole, and who hears it, which a reload changes.
  struct listener {
    engine* to;
    std::size_t at;
    config::bus_settings settings;  // of its own: it may outlive those it was made from
    std::unique_ptr<bus> source{};
    std::unique_ptr<stream_keeper> keeper{};
    bool started = false;
    task_scope running;
  };
  std::unique_ptr<listener> make_listener(const connector_environment& with, std::size_t at,
                                          const engine_environment& env,
                                          std::vector<config::diagnostic>& problems);
  /// The number of a bus of `old` that reads as this one does, or -1.
  std::ptrdiff_t same_bus_in(const engine& old, std::size_t at) const;
  const bus* bus_at(std::size_t at) const;
  void make_pipeline(const engine_environment& with, std::vector<config::diagnostic>& problems,
                     const engine* beside);
  entry_ptr adopted_content(const engine& old, const slot& s, class_id here) const;
  void take_timer(std::string_view canonical, mono_time now);
  void make_keeper(const connector_environment& with, listener& of, metrics& counts,
                   std::vector<config::diagnostic>& problems);
  /// Pages that the bus concerns may have missed events.
  void doubt(std::size_t bus);
  void suspect(std::size_t bus, bool that);
  void verify_soon();
  asio::awaitable<void> verify();
  // For upstreams of the kinds `events` and `search` (engine_sources.cpp).
  bool keeps_events() const;
  void keep_newest(const event& e, wall_time received);
  std::function<void(std::function<void()>)> durability(journal* kept_by);
  bool made_as_in(const engine& old, class_id here, class_id there) const;
  static std::string recipe(const config::settings& from, class_id page);
  std::uint64_t recipe_hash(class_id page) const;
  void adopt_notes(const engine& old);
  void resume_made(const engine& old);
  saved_cursor cursor_of(std::size_t bus) const;
  bool resume_at(std::size_t bus, const std::vector<saved_cursor>& from);
  void adopt_buses(const engine& old);
  store_hooks hooks(const engine_environment& with);
  ingest_hooks hooks_of_ingest(const engine_environment& with);

  config::settings settings_;
  asio::io_context::executor_type executor_;
  const clock& time_;
  site pages_;
  std::vector<std::vector<std::string>> part_names_;  // by class: the `into` of each fetch
  std::vector<std::unique_ptr<guarded_upstream>> upstreams_;
  std::unique_ptr<unsaved_pages> unsaved_;  // null: memory only
  std::vector<std::uint64_t> recipes_;      // by class, once they were asked for
  std::function<bool(page_row)> comes_;     // empty: no body is
  std::unique_ptr<page_store> store_;
  std::unique_ptr<rule_table> rules_;
  std::unique_ptr<drift_book> drifts_;
  std::unique_ptr<refresher> refresher_;
  std::unique_ptr<scheduler> scheduler_;
  std::unique_ptr<warmer> warmer_;
  std::unique_ptr<miss_desk> desk_;
  std::unique_ptr<ingest> ingest_;
  std::vector<bus_doubts> doubts_;                // by bus
  journal* kept_by_;                              // null: memory only
  std::vector<std::unique_ptr<listener>> buses_;  // as in the settings; null: not here (yet)
  demo_bus* demo_ = nullptr;
  event_feed* feed_ = nullptr;
  search_index* finds_ = nullptr;
  struct cursor_sample {
    std::vector<saved_cursor> cursors;
    bool asked = false;
  };
  std::shared_ptr<cursor_sample> sample_ = std::make_shared<cursor_sample>();
  bool recalling_ = false;  // bodies of an earlier run are still to come
  bool verifying_ = false;
  bool verify_again_ = false;
  task_scope driving_;  // scheduler, warmer, verifier
};

}  // namespace freshet::app
