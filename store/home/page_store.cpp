#include "store/home/page_store.hpp"

#include <algorithm>

#include "core/text/media_type.hpp"

namespace freshet {
namespace {

/// A turn's share of the work that comes in any amount.
constexpr std::size_t slice_pages = 1024;
constexpr std::size_t evict_pages = 64;
/// Hits since the page was built or last passed over by eviction.
constexpr std::uint8_t popular_from = 2;

std::uint64_t bit(std::size_t n) { return std::uint64_t{1} << n; }

page_policy policy_of(const config::settings& settings, const config::page_settings& page) {
  page_policy policy;
  policy.parts = static_cast<unsigned>(std::max<std::size_t>(page.fetches.size(), 1));
  // Not in whole nanoseconds: many pages, retries and hours may be more than those can count.
  double lease = 5e9;
  for (const auto& fetch : page.fetches)
    for (const auto& upstream : settings.upstreams)
      if (upstream.name == fetch.upstream)
        lease += static_cast<double>(upstream.limits.timeout.count()) *
                 (1.0 + upstream.limits.retries) * 2 *
                 std::max(fetch.calls, fetch.paging ? fetch.paging->max : 1);
  constexpr double lease_max = 1e17;  // three years
  policy.lease = std::chrono::nanoseconds{static_cast<std::int64_t>(std::min(lease, lease_max))};
  policy.min_interval = page.min_interval;
  policy.negative = page.negative;
  policy.every = page.every.value_or(std::chrono::nanoseconds{0});
  policy.idle = page.idle;
  policy.settle = page.settle;
  return policy;
}

}  // namespace

page_store::page_store(const config::settings& settings, const site& pages, options o,
                       store_hooks hooks)
    : site_(pages),
      memory_(o.memory),
      cache_({o.loops, o.seed}, memory_, o.post),
      book_(o.first, o.seed),
      marks_(index_, book_),
      changes_(o.epoch),
      eviction_(memory_, [this](page_ref page) -> auto& { return cache_.at(page)->popularity; }),
      hooks_(std::move(hooks)),
      unsaved_(o.unsaved) {
  book_.on_raised([this](page_ref page) {
    raised_.push_back(page);
    // Before the ledger chooses the lane: visitors only leave a trace at the slot.
    const auto* s = slot_of(page);
    book_.set_popularity(page, s->popularity.load(std::memory_order_relaxed) >= popular_from);
  });
  book_.on_floor([this](page_ref page) { return floor_role_of(page); });
  for (std::size_t i = 0; i < settings.pages.size(); ++i) {
    const auto id = static_cast<class_id>(i);
    const auto& page = settings.pages[i];
    book_.add_class(id, policy_of(settings, page));
    classes_.push_back(
        {.name = page.name,
         .composed = page.fetches.size() > 1,
         .every = page.every.has_value(),
         .pushed_whole = page.push == config::push_mode::full && is_json_type(page.type),
         .guarded = !page.only.empty()});
    index_.add_class(id, static_cast<unsigned>(site_.page(id).parameters().size()),
                     static_cast<unsigned>(page.shows.size()));
  }
  add_shapes(settings);
}

/// One tag per set of names that some rule binds, known from the configuration alone.
void page_store::add_shapes(const config::settings& settings) {
  for (std::size_t i = 0; i < settings.pages.size(); ++i) {
    const auto id = static_cast<class_id>(i);
    const auto& page = settings.pages[i];
    const auto& parameters = site_.page(id).parameters();
    for (const auto& rule : page.on) {
      dimension_mask bound = 0;
      const auto add = [&](const std::string& name) {
        if (const auto at = site_.page(id).index_of(name)) {
          bound |= bit(*at);
          return;
        }
        for (std::size_t s = 0; s < page.shows.size(); ++s)
          if (page.shows[s].first == name) bound |= bit(parameters.size() + s);
      };
      for (const auto& [name, selectors] : rule.set) add(name);
      for (const auto& name : rule.by) add(name);
      index_.add_shape(id, bound);
      const auto captures = site_.page(id).path_parameters();
      if (!rule.floor || captures == parameters.size()) continue;
      classes_[i].leads = true;
      index_.add_shape(id, bit(captures) - 1);
    }
  }
}

page_ref page_store::find(std::string_view canonical) const {
  const auto* s = cache_.index().find(canonical);
  return s == nullptr ? no_page : s->ref;
}

const slot* page_store::slot_of(page_ref page) const {
  return const_cast<cache_home&>(cache_).at(page);
}

entry_ptr page_store::content(page_ref page) const {
  const auto* s = slot_of(page);
  const auto* v = s == nullptr ? nullptr : s->current.load(std::memory_order_acquire);
  return v == nullptr ? nullptr : v->content;
}

page_ref page_store::take_ref() {
  if (free_.empty()) return next_ref_++;
  const auto ref = free_.back();
  free_.pop_back();
  return ref;
}

page_ref page_store::know(const page_key& key, std::string_view canonical) {
  if (const auto ref = find(canonical); ref != no_page) return ref;
  if (!memory_.admits()) return no_page;
  const auto ref = take_ref();
  auto& s = cache_.emplace(canonical, key.page, ref);
  const auto ghost = eviction_.admit(s, cache_.bytes_of(s));
  std::vector<std::string_view> values(key.values.begin(), key.values.end());
  marks_.add(ref, key.page, {values, {}}, ghost ? ghost->version : 0);
  if (ghost) shown_before_.try_emplace(ref, ghost->content);
  stated_.grow_to(ref) = {};
  restate(ref, true);
  account();
  return ref;
}

void page_store::forget(page_ref page, bool leave_ghost) {
  auto* s = cache_.at(page);
  if (leave_ghost) eviction_.leave_ghost(*s);
  if (unsaved_ != nullptr) {
    if (leave_ghost) note_gone(changes_.newest(page));
    unsaved_->forget(page);
  }
  marks_.forget(page);
  shown_before_.erase(page);
  cache_.erase(*s);
  free_.push_back(page);
  hooks_.settled(page);  // whoever waits for it hears it before the number is another page's
}

void page_store::purge(page_ref page, mono_time) {
  auto gone = std::make_shared<change>();
  const auto* s = slot_of(page);
  gone->at = book_.next_sequence();
  gone->what = change::kind::deleted;
  gone->page = s->page;
  gone->ref = page;
  gone->path = s->path();
  gone->guarded = classes_[s->page].guarded;
  eviction_.forget(page);
  forget(page, false);
  changes_.append(gone);
  note_gone(gone);
  account();
  hooks_.changed(gone);
}

page_marks::marked page_store::mark(const tag_mark& tag, mono_time now) {
  const auto done = marks_.mark(tag, now);
  restate_raised();
  if (done.pages > 0) hooks_.work();
  return done;
}

std::span<const page_ref> page_store::members(const tag_mark& tag) const {
  const auto id = index_.find(dependency_index::hash(tag.of, tag.bound, tag.values));
  return id ? index_.members(*id) : std::span<const page_ref>{};
}

sequence page_store::mark_page(page_ref page, const mark_request& request, mono_time now) {
  const auto at = book_.mark(page, request, now);
  restate_raised();
  hooks_.work();
  return at;
}

void page_store::ask(page_ref page, lane in, cause why, mono_time now) {
  book_.ask(page, in, why, now);
  if (!content(page)) {
    // A watched page whose body was evicted: nothing is stale, and there is nothing to serve.
    const auto is = book_.status(page);
    if (!is.running && !is.queued && is.state != freshness_state::parked)
      book_.mark(page, {.why = why, .in = in}, now);
  }
  restate_raised();
  hooks_.work();
}

void page_store::watch(page_ref page, bool watched, mono_time now) {
  book_.watch(page, watched, now);
  if (watched) {
    verify(page, lane::watched, now);
    eviction_.pin(page);
  } else {
    eviction_.unpin(page);
  }
  hooks_.work();
}

void page_store::visited(page_ref page, mono_time now) {
  if (slot_of(page) == nullptr) return;  // evicted while the news was on its way
  book_.asked(page, now);
  const auto is = book_.status(page);
  // He got what there was and does not wait, so he does not overtake those who do.
  if (is.behind() && !is.running && !is.queued) book_.ask(page, lane::popular, cause::miss, now);
  verify(page, lane::popular, now);
  hooks_.work();
}

commit_outcome page_store::commit(page_ref page, const claim_token& token, commit_request request,
                                  const new_content& content, origin_ptr from, mono_time now) {
  const auto old = this->content(page);
  request.changed = is_news(page, old, content);
  request.negative = content.status != 200;
  request.floor_met = content.floor_met;
  request.has_content = old != nullptr;
  auto outcome = book_.commit(page, token, request, now);
  if (!outcome.accepted) return outcome;
  if (outcome.held) {
    hold(page);
    return outcome;
  }
  auto& s = *cache_.at(page);
  const bool made_anew = request.changed || !old;
  if (made_anew) {
    const auto made = content.make(outcome.version);
    shown_before_.erase(page);
    state_anew(page, made);
    if (request.changed) tell(s, made, from);
    eviction_.resize(s, cache_.bytes_of(s));
    if (unsaved_ != nullptr) unsaved_->content(page);
  }
  if (unsaved_ != nullptr) unsaved_->state(page);
  if (!content.shows.empty()) {
    const auto key = site_.find(s.path()).key;
    std::vector<std::string_view> values(key.values.begin(), key.values.end());
    outcome.requeued |= marks_.learn(page, s.page, {values, content.shows}, token, now).requeued;
  }
  if (outcome.floor.settled) have_followed(page, outcome.floor.parts, from, now);
  if (!made_anew) restate(page, true);
  restate_raised();
  account();
  hooks_.settled(page);
  hooks_.work();
  return outcome;
}

/// What came does not show yet what an event said, so what is served stays.
void page_store::hold(page_ref page) {
  if (unsaved_ != nullptr) unsaved_->state(page);
  restate(page);
  hooks_.settled(page);
  hooks_.work();
}

/// A page that was evicted, or only its body, and comes back as it was has nothing new to tell.
bool page_store::is_news(page_ref page, const entry_ptr& old, const new_content& content) const {
  if (old) return old->etag != content.etag || old->status != content.status;
  const auto before = shown_before_.find(page);
  return before == shown_before_.end() ||
         before->second != content_mark(content.etag, content.status);
}

void page_store::tell(const slot& s, const entry_ptr& made, const origin_ptr& from) {
  auto news = std::make_shared<change>();
  news->at = made->version;
  news->page = s.page;
  news->ref = s.ref;
  news->path = s.path();
  news->etag.assign(made->etag.begin(), made->etag.end());
  if (from) {
    news->event_id = from->event_id;
    news->topic = from->topic;
    news->received = from->received;
  }
  news->content = made;
  news->guarded = classes_[s.page].guarded;
  news->full = made->status == 200 && classes_[s.page].pushed_whole;
  changes_.append(news);
  hooks_.changed(news);
}

bool page_store::fail(page_ref page, const claim_token& token, const commit_request& request,
                      mono_time now) {
  if (!book_.fail(page, token, request, now)) return false;
  if (unsaved_ != nullptr) unsaved_->state(page);
  restate(page);
  restate_raised();
  hooks_.settled(page);
  hooks_.work();
  return true;
}

bool page_store::attach(page_ref page, const entry* of, content_coding coding,
                        std::unique_ptr<const representation> made) {
  auto* s = cache_.at(page);
  if (s == nullptr || !cache_.attach(*s, of, coding, std::move(made))) return false;
  eviction_.resize(*s, cache_.bytes_of(*s));
  return true;
}

bool page_store::attach(page_ref page, const entry* of, std::unique_ptr<const body_file> made) {
  auto* s = cache_.at(page);
  if (s == nullptr || !cache_.attach(*s, of, std::move(made))) return false;
  eviction_.resize(*s, cache_.bytes_of(*s));
  return true;
}

bool page_store::tick(mono_time now) {
  const auto reaped = book_.reap(now);
  for (const auto page : reaped.expired) {
    if (unsaved_ != nullptr) unsaved_->state(page);
    restate(page);
    hooks_.settled(page);
  }
  // Nobody came while the timer ran; the next who comes starts it again.
  for (const auto page : reaped.stopped) restate(page, true);
  const bool marking = marks_.slice(slice_pages, now);
  const bool more = restate_slice() || marking;
  restate_raised();
  account();
  const bool dropped = shrink();
  cache_.collect();
  // Rows are kept for the next pages, so a store of empty pages may stay above its limit.
  return more || reaped.more || (dropped && memory_.excess() > 0);
}

/// Holders that know their whole size say it after each change.
void page_store::account() {
  const auto charge = [this](memory_kind kind, std::size_t& charged, std::size_t is) {
    memory_.replace(kind, charged, is);
    charged = is;
  };
  charge(memory_kind::ledger, charged_ledger_,
         book_.bytes() + (unsaved_ == nullptr ? 0 : unsaved_->bytes()));
  charge(memory_kind::index, charged_index_,
         marks_.bytes() + stated_.bytes() +
             heap_bytes(shown_before_.capacity() * (1 + sizeof(*shown_before_.begin()))) +
             heap_bytes(free_.capacity() * sizeof(free_[0])));
  charge(memory_kind::changes, charged_changes_, changes_.bytes());
}

bool page_store::shrink() {
  const auto count = eviction_.shrink(evict_pages, [this](page_ref page, drop what) {
    if (what == drop::page) {
      forget(page, true);
    } else {
      if (const auto was = content(page))
        shown_before_.insert_or_assign(page, content_mark(was->etag, was->status));
      state_anew(page, nullptr);
    }
  });
  return count > 0;
}

}  // namespace freshet
