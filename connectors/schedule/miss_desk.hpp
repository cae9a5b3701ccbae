#pragma once

#include <absl/container/flat_hash_map.h>

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "connectors/refresh/refresher.hpp"
#include "connectors/schedule/listing.hpp"
#include "core/async/task_scope.hpp"
#include "net/api/miss.hpp"

namespace freshet {

/// Where visitors of pages that are not in the cache wait: one refresh for all of them.
///
/// Shape:    a visitor gets content that is as new as every mark known when he came, or the reason
///           why there is none, within the page's `wait`. Old content is better than a reason. The
///           answer's Cache-Status is `fwd=miss; stored` for who caused the refresh, `fwd=miss;
///           collapsed` for who joined it, `hit` when the content was there already. Pages with
///           `store = false` are built for the visitors of one moment and never kept: `fwd=miss`,
///           version 0.
/// Errors:   all are outcomes of miss_answer; texts name upstreams, never addresses.
/// Lifetime: everything given outlives it; close() before it dies. An ask() that is cancelled
///           leaves the refresh to the others.
/// Threads:  home loop only.
/// Source:   RFC 9211; Varnish's waiting list.
class miss_desk {
 public:
  struct limits {
    std::size_t waiting = 10'000;  // visitors
    std::size_t unstored = 256;    // builds of `store = false` pages at once
  };
  struct doors {
    /// The lines of a head that follow from freshness and Cache-Status, and the empty line.
    std::function<std::string(const freshness&, std::string_view cache_status)> fragment;
    std::function<listing(const page_key&)> listed = [](const page_key&) {
      return listing::not_known_yet;
    };
    /// The page's body is on its way back from an earlier run, and comes soon now: settled() tells
    /// when it is here, or lost.
    std::function<bool(page_ref)> comes = {};
  };

  miss_desk(asio::io_context::executor_type ex, const clock& time, const config::settings& settings,
            page_store& store, refresher& refreshes, doors d, task_scope::sink on_error,
            limits most);
  ~miss_desk();
  miss_desk(const miss_desk&) = delete;

  asio::awaitable<api::miss_answer> ask(page_key key, std::string canonical);
  /// store_hooks::settled. Wakes, never resumes: the store is not done yet.
  void settled(page_ref page);
  /// Sends everybody away and ends the builds of pages that are not stored.
  asio::awaitable<void> close();

  std::size_t waiting() const { return waiting_; }

 private:
  struct sight;
  struct visitor;
  struct flight;
  class passenger;
  class landing;
  using crowd = std::list<visitor*>;

  asio::awaitable<api::miss_answer> wait_for_page(page_key key, std::string canonical,
                                                  mono_time deadline);
  asio::awaitable<void> wait_for_body(page_ref page, mono_time deadline);
  asio::awaitable<api::miss_answer> wait_for_build(page_key key, std::string canonical,
                                                   mono_time deadline);
  asio::awaitable<void> fly(std::shared_ptr<flight> f, page_key key, std::string canonical);
  sight look(page_ref page) const;
  std::optional<api::miss_answer> judge(const sight& now_is, const visitor& who,
                                        std::string_view status, mono_time now,
                                        mono_time deadline) const;
  api::miss_answer served(const sight& is, std::string_view cache_status) const;
  api::miss_answer failed(const sight& is, mono_time now) const;

  asio::io_context::executor_type ex_;
  const clock& time_;
  const config::settings& settings_;
  page_store& store_;
  refresher& refreshes_;
  doors doors_;
  limits most_;
  absl::flat_hash_map<page_ref, crowd> by_page_;
  absl::flat_hash_map<std::string, std::shared_ptr<flight>> flights_;  // by canonical path
  std::size_t waiting_ = 0;
  bool closed_ = false;
  task_scope building_;
};

}  // namespace freshet
