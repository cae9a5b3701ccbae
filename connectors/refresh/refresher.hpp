#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <vector>

#include "connectors/document/body_work.hpp"
#include "connectors/document/document_builder.hpp"
#include "connectors/refresh/refresh_history.hpp"
#include "core/config/settings.hpp"
#include "core/observe/metrics.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Turns a claim into a commit or a failure: asks the upstreams, puts the document together, and
/// hands it to the store.
///
/// Shape:    one call of run() per claim; early cut-off when the content is what it was.
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

  const page_recipe& recipe(class_id page) const { return recipes_[page]; }
  const refresh_history& history() const { return history_; }

 private:
  void finish(const claim& c, class_id page, built_document built, document_reading::outcome read);
  boost::asio::awaitable<document_reading::outcome> read(class_id page, unsigned status,
                                                         std::string* body) const;
  new_content content_of(class_id page, built_document& built,
                         document_reading::outcome read) const;
  void blame(class_id page, const built_document& built, commit_request& request) const;
  void count(class_id page, cause why, std::string_view result);
  void measure(const claim& c, class_id page, mono_time now);

  const config::settings& settings_;
  page_store& store_;
  std::vector<page_recipe> recipes_;
  std::vector<std::shared_ptr<const document_questions>> questions_;  // null: none
  upstream_caller call_;
  const clock& time_;
  metrics& metrics_;
  worker_thread* heavy_;
  trouble trouble_ = [](std::size_t) { return std::nullopt; };
  refresh_history history_;
  std::map<std::string, counter*, std::less<>> counters_;
  std::vector<histogram*> staleness_;  // by page class
};

}  // namespace freshet
