#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "store/ledger/claim.hpp"
#include "store/ledger/class_doubts.hpp"
#include "store/ledger/freshness.hpp"
#include "store/ledger/page_heap.hpp"
#include "store/ledger/page_trouble.hpp"
#include "store/ledger/row.hpp"
#include "store/memory/chunked.hpp"

namespace freshet {

/// What the ledger must know of a page class.
struct page_policy {
  unsigned parts = 1;  // <= parts_max
  std::chrono::nanoseconds lease = std::chrono::seconds{15};
  std::chrono::nanoseconds min_interval{0};
  std::chrono::nanoseconds negative = std::chrono::seconds{60};  // 0 = for ever
  std::chrono::nanoseconds every{0};                             // 0 = no timer
  std::chrono::nanoseconds idle = std::chrono::hours{1};
  std::chrono::nanoseconds settle{0};  // 0 = no re-read
};

struct ledger_limits {
  std::chrono::nanoseconds backoff_first = std::chrono::seconds{1};
  std::chrono::nanoseconds backoff_max = std::chrono::minutes{5};
  std::chrono::nanoseconds pull_every = std::chrono::seconds{5};
  std::chrono::nanoseconds park_for = std::chrono::hours{1};
  unsigned errors_per_hour = 10;
  /// A variant whose page shows its floor is refreshed at once, and without that after so long.
  std::chrono::nanoseconds follow_within = std::chrono::minutes{1};
  unsigned fair_every = 16;        // one claim in so many takes the lowest lane first
  std::size_t rereads = 1u << 18;  // that wait, of a class; the oldest of more are read at once
};

/// Marks on many pages at once that have not reached every row yet.
class wide_wants {
 public:
  struct wide_want {
    sequence at;
    const mark_request* what;
  };
  virtual ~wide_wants() = default;
  virtual bool any() const = 0;
  virtual void collect(page_ref page, std::vector<wide_want>& into) const = 0;
};

/// What each known page should show, what it shows, and who is working on the difference.
///
/// Shape:    sequences rise, stay below 2^53 and number marks and versions alike. A page is in one
///           state; after reap(now) said that nothing is left, next_due() > now. bytes() covers
///           rows and queues; a page at rest takes a row and nothing else.
/// Errors:   a commit or fail whose lease was lost is not accepted. Does not throw but bad_alloc.
/// Lifetime: a page is added before it is named and forgotten before its number is reused; a claim
///           of a forgotten page is refused by its token.
/// Threads:  home loop only; `now` never goes back.
/// Source:   ARCHITECTURE section 3; Varnish for single flight, AWS's full jitter for the backoff.
class ledger {
 public:
  static constexpr std::size_t slice_pages = 1024;

  ledger(sequence first, std::uint64_t seed, ledger_limits limits = {});
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;

  /// REQUIRES: classes are added in order 0, 1, 2, ...
  void add_class(class_id page, page_policy policy);
  /// `version`: of a ghost or journal entry, else 0. REQUIRES: the page is not known.
  void add(page_ref page, class_id of, sequence version = 0);
  /// What another ledger knew of a page that was just added. Queues nothing.
  void restore(page_ref page, const freshness& was);
  /// What counts against a page, and that it did with another ledger. REQUIRES: restored before.
  page_trouble trouble(page_ref page, mono_time now) const;
  void restore_trouble(page_ref page, const page_trouble& was, mono_time now);
  /// It is read once more after its class's `settle`: another ledger had planned that.
  void look_again(page_ref page, mono_time now) { plan_reread(page, all_parts, now); }
  void forget(page_ref page);
  bool knows(page_ref page) const {
    return page < rows_.size() && rows_[page].state != row_state::unknown;
  }

  /// The next number; for whoever else numbers things that clients compare (a deletion).
  sequence next_sequence();
  sequence last_sequence() const { return last_; }

  sequence mark(page_ref page, const mark_request& request, mono_time now);
  /// A mark whose number was already taken (a slice of a wide mark).
  void raise(page_ref page, sequence at, const mark_request& request, mono_time now);
  /// Somebody wants the page now: queues it if it is stale or was never built, and takes a number
  /// only if no mark is unserved. A refresh that is up and as new as every mark is joined, not
  /// repeated.
  void ask(page_ref page, lane in, cause why, mono_time now);
  /// Somebody looked at it; keeps `every` timers running.
  void asked(page_ref page, mono_time now);
  void watch(page_ref page, bool watched, mono_time now);
  void set_popularity(page_ref page, bool popular);

  /// The next page of a class that is due, or nothing; only lanes from `highest` to `lowest`.
  std::optional<claim> claim_next(class_id of, mono_time now, lane lowest = lane::rest,
                                  lane highest = lane::visitor);
  commit_outcome commit(page_ref page, const claim_token& token, const commit_request& request,
                        mono_time now);
  /// The refresh gave nothing. `request.bad` names the parts; `good` and `changed` are ignored.
  bool fail(page_ref page, const claim_token& token, commit_request request, mono_time now);

  struct reaped {
    std::vector<page_ref> expired;  // leases
    std::size_t rearmed = 0;        // parked pages after park_for
    std::vector<page_ref> timers;   // marked because their time came
    std::vector<page_ref> rereads;  // marked because an event may have been ahead of its data
    std::vector<page_ref> stopped;  // `every` timers that nobody kept running
    bool more = false;              // the slice ended first: call again
  };
  /// Whatever is due, at most about `slice` pages of each kind and class.
  reaped reap(mono_time now, std::size_t slice = slice_pages);
  std::optional<mono_time> next_due() const;

  /// The upstream answers again: parked pages and pages in backoff are spread over `spread`. Goes
  /// through the rows by slices, the first now, the others with reap().
  void rearm(class_id of, mono_time now, std::chrono::nanoseconds spread);
  void set_breaker(class_id of, bool open) { classes_[of].breaker_open = open; }
  /// Events may have been missed: every page of the class is unverified until refreshed.
  void unverify(class_id of) { classes_[of].doubts.doubt(); }
  /// The same until it is known whether any were missed (class_doubts): pages say it, but need not
  /// be fetched again for it.
  class_doubts& doubts(class_id of) { return classes_[of].doubts; }
  /// It may have missed events, and nobody will say that it has not.
  bool in_doubt(page_ref page) const;

  freshness status(page_ref page) const;
  /// The worst of its parts, without allocating.
  freshness_state state(page_ref page) const;
  /// Neither queued, running nor parked.
  bool idle(page_ref page) const { return rows_[page].state == row_state::idle; }
  sequence version(page_ref page) const { return rows_[page].version; }
  wall_time verified(page_ref page) const { return rows_[page].verified; }
  /// When the page's timer fires: `every`, `until` or `negative`.
  std::optional<mono_time> timer(page_ref page) const;

  std::size_t ready(class_id of) const;
  std::size_t queued() const;
  std::size_t parked() const;
  std::size_t running() const { return leases_.size(); }
  /// The smallest token of the refreshes that are up; nothing when none is.
  std::optional<sequence> oldest_claim() const;
  std::size_t bytes() const;

  void set_wide_wants(const wide_wants* source) { wide_ = source; }
  /// Told of each page that a mark made stale, so that what is shown of it can say so, before it is
  /// queued. Must not call the ledger but for set_popularity.
  void on_raised(std::function<void(page_ref)> tell) { raised_ = std::move(tell); }
  /// Asked where a page's floor is checked; unasked, each page checks its own.
  void on_floor(std::function<floor_role(page_ref)> ask) { floor_role_ = std::move(ask); }

 private:
  struct reread {
    mono_time at;
    sequence want;  // still the newest mark, or it is not needed
    page_ref page;
    part_mask parts;
  };
  struct class_row {
    class_row(const page_policy& p, chunked<page_heap::place>& places)
        : policy(p), waiting(places), parked(places) {
      for (std::size_t l = 0; l < lane_count; ++l) ready.emplace_back(places);
    }
    page_policy policy;
    page_heap waiting;             // by not_before
    page_heap parked;              // by the time of the next try
    std::vector<page_heap> ready;  // by lane; by first unserved mark
    std::deque<reread> rereads;    // by time
    class_doubts doubts;
    unsigned claims = 0;
    bool breaker_open = false;
    std::chrono::nanoseconds rearm_spread{0};
    page_ref rearm_next = no_page;  // of the walk that is up; no_page = none
  };

  unsigned parts_of(const ledger_row& r) const { return classes_[r.page].policy.parts; }
  static part_row& part(ledger_row& r, unsigned n) { return n == 0 ? r.first : r.more[n - 1]; }
  static const part_row& part(const ledger_row& r, unsigned n) {
    return n == 0 ? r.first : r.more[n - 1];
  }
  /// What there is to do about a page, made when there is something.
  due_work& work(ledger_row& r);
  static const due_work& work_of(const ledger_row& r) { return r.work ? *r.work : at_rest; }
  /// Gives it back when it says nothing any more.
  void rest(ledger_row& r);
  void drop_work(ledger_row& r);
  void note_failure(ledger_row& r, unsigned part, std::shared_ptr<const error> failure);
  part_mask mask_of(const ledger_row& r) const;
  part_mask stale_parts(const ledger_row& r) const;
  sequence want_of(const ledger_row& r) const;
  sequence have_of(const ledger_row& r) const;
  sequence wide_want_of(page_ref page, unsigned part) const;
  bool built(const ledger_row& r) const;
  void note_cause(ledger_row& r, const mark_request& request);
  void absorb(page_ref page, mono_time now);
  std::chrono::nanoseconds note_floor(page_ref page, const mark_request& request);
  void drop_floor(due_work& w);
  floor_verdict judge_floor(due_work& w, const commit_request& request, mono_time now);
  void plan_reread(page_ref page, part_mask parts, mono_time now);
  part_mask take_reread(ledger_row& r, const reread& planned);
  bool reap_rereads(class_row& c, class_id of, mono_time now, std::size_t slice, reaped& out);

  void pull(ledger_row& r, cause why, mono_time now);
  mono_time not_before(const ledger_row& r) const;
  lane lane_of(const ledger_row& r) const;
  void leave_queue(page_ref page);
  void enqueue(page_ref page, mono_time now);
  /// False when more than `slice` pages were due.
  bool promote(class_row& c, mono_time now, std::size_t slice);
  bool reap_parked(class_row& c, mono_time now, std::size_t slice, reaped& out);
  bool rearm_rows(class_row& c, class_id of, mono_time now, std::size_t rows);
  std::optional<page_ref> pop_ready(class_row& c, lane lowest, lane highest);
  claim start(page_ref page, part_mask parts, mono_time now);
  bool holds(page_ref page, const claim_token& token) const;
  /// Counts a failure; true when the page's budget is spent.
  bool back_off(ledger_row& r, bool counts, std::optional<mono_time> retry_at, mono_time now);
  void park(page_ref page, mono_time now);
  void take_good(ledger_row& r, part_mask good, const floor_verdict& floor, sequence token);
  void settle_after(page_ref page, bool failed, const commit_request& request, mono_time now);
  void set_timer(page_ref page, const commit_request& request, mono_time now);
  void restart_every(page_ref page, mono_time now);
  void fire_timer(page_ref page, mono_time now, reaped& out);

  ledger_limits limits_;
  sequence last_;
  std::uint64_t lease_ = 0;
  std::mt19937_64 random_;
  chunked<ledger_row> rows_;
  chunked<page_heap::place> places_;  // in the one queue that fits the state
  chunked<page_heap::place> timer_places_;
  std::vector<class_row> classes_;
  page_heap leases_;
  page_heap timers_;
  std::size_t more_bytes_ = 0;  // of parts and work
  static const due_work at_rest;
  const wide_wants* wide_ = nullptr;
  std::function<void(page_ref)> raised_;
  std::function<floor_role(page_ref)> floor_role_;
};

}  // namespace freshet
