#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <vector>

#include "connectors/document/body_work.hpp"
#include "connectors/document/document_builder.hpp"
#include "connectors/refresh/answer_memory.hpp"
#include "connectors/refresh/refresh_history.hpp"
#include "connectors/sweep/drift_book.hpp"
#include "core/config/settings.hpp"
#include "core/observe/log.hpp"
#include "core/observe/metrics.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Turns a claim into a commit or a failure: asks the upstreams, puts the document together, and
/// hands it to the store.
///
/// Shape:    one call of run() per claim; early cut-off when the content is what it was. What no
///           event named (a sweep, a timer) asks upstreams whether their answer has changed, where
///           they said how: after an event the whole answer is fetched, whatever its validators
///           say.
/// Errors:   none escape: every failure is a store.fail() with its reason.
/// Lifetime: settings, site, store, caller and worker outlive it and every run().
/// Threads:  home loop only; large bodies are worked on by `heavy`, if there is one.
class refresher {
 public:
  refresher(const config::settings& settings, page_store& store, upstream_caller call,
            const clock& time, metrics& m, std::vector<config::diagnostic>& problems,
            worker_thread* heavy = nullptr);

  boost::asio::awaitable<void> run(claim c);
  /// Builds a document that is not kept (`store = false`).
  boost::asio::awaitable<built_document> build(page_key key, lane in);
  /// The entry of such a document. REQUIRES: built.status is not 0.
  entry_ptr make_entry(class_id page, built_document built, sequence version) const;
  /// A version whose bytes and tag are known.
  entry_ptr entry_of(class_id page, std::string body, std::array<char, 32> etag,
                     std::uint16_t status, sequence version, wall_time modified) const;

  /// When an upstream will be asked again that is not asked now; nothing while it is well.
  using trouble = std::function<std::optional<mono_time>(std::size_t upstream)>;
  void on_trouble(trouble ask) { trouble_ = std::move(ask); }
  /// Told when a sweep finds that a page was wrong.
  void on_drift(std::function<void(const drift&)> tell) { drifted_ = std::move(tell); }

  const page_recipe& recipe(class_id page) const { return recipes_[page]; }
  const refresh_history& history() const { return history_; }

 private:
  /// One refresh: what it may ask with, and what it was told.
  struct asking {
    page_ref page = no_page;
    entry_ptr shown;           // null: nothing, or no document
    bool for_changes = false;  // validators are used
    std::vector<answer_validator> said{};
  };
  boost::asio::awaitable<result<upstream_answer>> ask(asking* of, std::size_t upstream,
                                                      upstream_request request, lane in);
  void finish(const claim& c, class_id page, built_document built, document_reading::outcome read,
              asking asked);
  boost::asio::awaitable<document_reading::outcome> read(class_id page, unsigned status,
                                                         std::string* body, floor_ptr floor) const;
  void note_drift(const claim& c, class_id page, const asking& asked, mono_time now);
  void count_floor(const claim& c, class_id page, const commit_outcome& done);
  new_content content_of(class_id page, built_document& built,
                         document_reading::outcome read) const;
  void blame(class_id page, const built_document& built, commit_request& request) const;
  void count(class_id page, cause why, std::string_view result);
  counter& counted(std::string_view name, std::string_view help, metrics::labels labels);
  void measure(const claim& c, class_id page, mono_time now);

  const config::settings& settings_;
  page_store& store_;
  std::vector<page_recipe> recipes_;
  std::vector<std::shared_ptr<const document_questions>> questions_;  // null: not JSON
  upstream_caller call_;
  const clock& time_;
  metrics& metrics_;
  worker_thread* heavy_;
  trouble trouble_ = [](std::size_t) { return std::nullopt; };
  refresh_history history_;
  answer_memory answers_;
  rate_limit complaints_;
  std::function<void(const drift&)> drifted_ = [](const drift&) {};
  std::map<std::string, counter*, std::less<>> counters_;
  std::vector<histogram*> staleness_;  // by page class
};

}  // namespace freshet
