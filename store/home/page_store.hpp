#pragma once

#include <absl/container/flat_hash_map.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/settings.hpp"
#include "store/cache/cache_home.hpp"
#include "store/changes/change_log.hpp"
#include "store/eviction/eviction.hpp"
#include "store/index/page_marks.hpp"
#include "store/journal/unsaved_pages.hpp"
#include "store/ledger/ledger.hpp"
#include "store/memory/memory_account.hpp"
#include "store/page/site.hpp"

namespace freshet {

/// A refresh that brought a document.
struct new_content {
  std::uint16_t status = 200;
  std::array<char, 32> etag{};
  /// Makes the entry once its version is known; called only when the content changed.
  std::function<entry_ptr(sequence version)> make;
  std::vector<std::vector<std::string>> shows;  // by `shows` name
  bool floor_met = true;                        // what the claim's floor asks for is there
};

/// A page as the journal knew it.
struct remembered_page {
  freshness was;  // a part whose state is `unverified` may have missed events
  page_trouble trouble;
  std::uint8_t popularity = 0;
  std::optional<content_mark> shown{};  // of its body, if that is known
  bool as_it_was = true;                // it is still made in the same way
};

/// What the store calls back; all on the home loop, none may call the store again but to read.
struct store_hooks {
  /// The lines of a view's head that follow from the page's freshness, and the empty line.
  std::function<std::string(const freshness&)> fragment;
  std::function<void(const change_ptr&)> changed = [](const change_ptr&) {};
  /// A refresh ended, well or not; or the page is not known any more.
  std::function<void(page_ref)> settled = [](page_ref) {};
  std::function<void()> work = [] {};  // something may be due sooner
};

/// Everything that home knows of pages, kept in step: cache, ledger, dependency index, change log
/// and eviction. The operations are those of the ledger's port (ARCHITECTURE.md, section 10).
///
/// Shape:    a page is known from know() until it is evicted or purged; its page_ref is then
///           reused. Within one call body, version and change record become visible together (I8).
/// Errors:   know() answers no_page when memory is full of pinned pages.
/// Lifetime: site and settings outlive it.
/// Threads:  home loop only, but for cache readers of other loops.
class page_store {
 public:
  struct options {
    std::size_t memory = 512u << 20;
    std::size_t loops = 1;
    std::uint64_t seed = 1;
    std::uint64_t epoch = 1;
    sequence first = 1;
    post_index_update post{};          // to loops 1..N-1
    unsaved_pages* unsaved = nullptr;  // where what changed is noted for a journal
  };

  page_store(const config::settings& settings, const site& pages, options o, store_hooks hooks);

  page_ref find(std::string_view canonical) const;
  page_ref know(const page_key& key, std::string_view canonical);
  /// Takes over a page of another store of this process (a reload) with body, version and what its
  /// ledger knew; `as_it_was`: it is still made in the same way, else it is built anew.
  void adopt(const page_key& key, std::string_view canonical, const freshness& was,
             entry_ptr content, bool as_it_was, mono_time now);
  /// Events that concern pages of this class may have been missed: they say so from now on (within
  /// a few turns of tick()), until they were built again.
  void unverify(class_id of);
  /// The same until clear(): somebody is finding out whether any were missed.
  class_doubts::generation suspect(class_id of);
  void clear(class_id of, class_doubts::generation which);
  /// Takes over a page of an earlier run, without its body: that comes by recall_content(). What is
  /// stale is queued; what is only unverified waits for verify(). no_page when memory is full.
  page_ref recall(const page_key& key, std::string_view canonical, const remembered_page& is,
                  mono_time now);
  /// The body of a recalled page. False when the page has gone on without it.
  bool recall_content(page_ref page, entry_ptr content);
  /// Ascending changes of an earlier run of the same epoch, and the window they are from.
  void recall_changes(const std::vector<change_ptr>& all, sequence dropped, sequence newest);
  /// A page that may have missed events is built again; nothing happens to any other.
  bool verify(page_ref page, lane in, mono_time now);
  /// Marks that have not reached all their pages yet.
  bool marking() const { return marks_.any(); }
  /// After all pages: what subscribers may still have to be told. REQUIRES: nothing was changed
  /// yet.
  void adopt_changes(const change_log& old);
  /// Forgets the page and tells subscribers that it is gone.
  void purge(page_ref page, mono_time now);

  page_marks::marked mark(const tag_mark& tag, mono_time now);
  /// The known pages that a tag means now. Valid until the store changes.
  std::span<const page_ref> members(const tag_mark& tag) const;
  sequence mark_page(page_ref page, const mark_request& request, mono_time now);
  void ask(page_ref page, lane in, cause why, mono_time now);
  void watch(page_ref page, bool watched, mono_time now);
  /// A view's `tell_home` was taken: somebody got a page that waits for exactly that.
  void visited(page_ref page, mono_time now);

  std::optional<claim> claim_next(class_id of, mono_time now, lane lowest = lane::rest,
                                  lane highest = lane::visitor) {
    return book_.claim_next(of, now, lowest, highest);
  }
  commit_outcome commit(page_ref page, const claim_token& token, commit_request request,
                        const new_content& content, origin_ptr from, mono_time now);
  bool fail(page_ref page, const claim_token& token, const commit_request& request, mono_time now);
  /// Adds an encoding to a version. False (and `made` is dropped) when the page has moved on.
  bool attach(page_ref page, const entry* of, content_coding coding,
              std::unique_ptr<const representation> made);
  bool attach(page_ref page, const entry* of, std::unique_ptr<const body_file> made);

  /// Expired leases, timers, slices of wide marks, eviction, garbage: bounded work. True when there
  /// is more to do at once.
  bool tick(mono_time now);
  std::optional<mono_time> next_due() const { return book_.next_due(); }

  /// Its changes carry the page itself (`push = "full"`).
  bool pushes_whole(class_id of) const { return classes_[of].pushed_whole; }
  /// Not everybody may see its pages (`only`).
  bool guards(class_id of) const { return classes_[of].guarded; }
  const slot* slot_of(page_ref page) const;
  entry_ptr content(page_ref page) const;
  ledger& book() { return book_; }
  const ledger& book() const { return book_; }
  cache_home& cache() { return cache_; }
  const change_log& changes() const { return changes_; }
  const memory_account& memory() const { return memory_; }
  /// What the event path keeps beside pages: identities, and what events did.
  void charge_events(std::size_t bytes) {
    memory_.replace(memory_kind::events, charged_events_, bytes);
    charged_events_ = bytes;
  }
  const site& pages() const { return site_; }
  /// Visits the slot of each known page; `f` must not change the store.
  template <class F>
  void for_each_known(F&& f) const {
    for (page_ref page = 0; page < next_ref_; ++page)
      if (const auto* s = slot_of(page)) f(*s);
  }
  /// Every known page has a row below this; slot_of() is null for those that are free.
  page_ref rows() const { return next_ref_; }
  std::size_t known() const { return cache_.size(); }

 private:
  struct class_row {
    std::string name;
    bool composed = false;  // several parts
    bool every = false;
    bool pushed_whole = false;
    bool leads = false;  // a floor of its pages holds back their variants
    bool guarded = false;
  };
  /// What a page's view says of its freshness.
  struct statement {
    freshness_state worst = freshness_state::fresh;
    part_mask not_fresh = 0;
    bool operator==(const statement&) const = default;
  };
  static statement statement_of(const freshness& is);
  void state_anew(page_ref page, entry_ptr content);
  void add_shapes(const config::settings& settings);
  floor_role floor_role_of(page_ref page) const;
  void have_followed(page_ref page, part_mask parts, const origin_ptr& from, mono_time now);
  void hold(page_ref page);
  page_ref take_ref();
  void forget(page_ref page, bool leave_ghost);
  bool is_news(page_ref page, const entry_ptr& old, const new_content& content) const;
  void tell(const slot& s, const entry_ptr& made, const origin_ptr& from);
  /// Publishes a view again when what it says of the page's freshness is no longer true.
  void restate(page_ref page, bool always = false);
  void restate_raised();
  /// A slice of all pages, after unverify(); true while more are left.
  bool restate_slice();
  /// Called when the page is about to go; `last` is what is then known of it.
  void note_gone(const change_ptr& last);
  void account();
  bool shrink();

  const site& site_;
  memory_account memory_;
  cache_home cache_;
  ledger book_;
  dependency_index index_;
  page_marks marks_;
  change_log changes_;
  eviction eviction_;
  store_hooks hooks_;
  unsaved_pages* unsaved_;  // null: nothing is kept
  std::vector<class_row> classes_;
  /// Pages without a body that had one: what it showed, so that the same again is nothing new.
  absl::flat_hash_map<page_ref, content_mark> shown_before_;
  std::vector<page_ref> raised_;  // their views are to be stated again
  std::vector<page_ref> free_;
  chunked<statement> stated_;  // by page_ref
  page_ref next_ref_ = 0;
  page_ref restated_ = no_page;  // the next of restate_slice(); no_page: nothing to do
  std::size_t charged_ledger_ = 0, charged_index_ = 0, charged_changes_ = 0, charged_events_ = 0;
};

}  // namespace freshet
