#include "store/cache/cache_home.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace freshet {

cache_home::cache_home(cache_settings settings, memory_account& account, post_index_update post)
    : settings_(settings),
      account_(account),
      post_(std::move(post)),
      index_(settings.seed),
      acknowledged_(settings.loops),
      index_bytes_(settings.loops) {
  assert(settings.loops >= 1 && (settings.loops == 1 || post_));
  charge_index(0, index_.bytes());
}

cache_home::~cache_home() {
  assert(!index_.lent());
  for (std::size_t ref = 0; ref < slots_.size(); ++ref) {
    if (slots_[ref] != nullptr) erase(*slots_[ref]);
  }
  free_all(dying_);
  free_all(retired_);
  for (const auto& change : unsent_) {  // erased, but the erasure was never sent
    if (!change.present) retired_.push_back({.old_slot = change.at});
  }
  free_all(retired_);
  for (const auto bytes : index_bytes_) account_.remove(memory_kind::index, bytes);
  account_.remove(memory_kind::slots, slots_bytes_);
}

slot& cache_home::emplace(std::string_view path, class_id page, page_ref ref) {
  const auto hash = path_hash(path, settings_.seed);
  if (const slot* known = index_.find(hash, path)) {
    assert(known->ref == ref);
    return *slots_[known->ref];
  }
  auto& row = slots_.grow_to(ref);
  assert(row == nullptr && "one slot per page");
  row = &made_.make(hash, path, page, ref);
  index_.insert(*row);
  account_.add(memory_kind::slots, row->heap_bytes_beside());
  charge_slots();
  charge_index(0, index_.bytes());
  if (settings_.loops > 1) unsent_.push_back({row, true});
  return *row;
}

void cache_home::publish(slot& s, shown_page next) {
  assert(at(s.ref) == &s && "the slot was erased");
  const view* const fresh = view::make(std::move(next)).release();
  const entry* content = fresh->content.get();
  const view* before = s.current.load(std::memory_order_relaxed);
  const entry* before_content = before == nullptr ? nullptr : before->content.get();
  account_.add(memory_kind::views, freshet::bytes_of(*fresh));
  retire_view(s, s.current.exchange(fresh, std::memory_order_acq_rel), content);
  if (content != nullptr && before_content != content) {
    s.encoding_bytes = static_cast<std::uint32_t>(encoding_bytes_of(*content));
    account_.add(memory_kind::bodies, body_bytes_of(*content));
    account_.add(memory_kind::encodings, s.encoding_bytes);
  }
}

bool cache_home::shows(const slot& s, const entry* content) {
  const view* now = s.current.load(std::memory_order_relaxed);
  return now != nullptr && content != nullptr && now->content.get() == content;
}

template <class T>
bool cache_home::attach(slot& s, std::atomic<const T*>& place, std::unique_ptr<const T> made) {
  if (place.load(std::memory_order_relaxed) != nullptr) return false;
  const auto bytes = freshet::bytes_of(*made);
  s.encoding_bytes += static_cast<std::uint32_t>(bytes);
  account_.add(memory_kind::encodings, bytes);
  place.store(made.release(), std::memory_order_release);
  return true;
}

bool cache_home::attach(slot& s, const entry* of, content_coding coding,
                        std::unique_ptr<const representation> made) {
  if (!shows(s, of)) return false;
  return attach(s, coding == content_coding::gzip ? of->gzip : of->brotli, std::move(made));
}

bool cache_home::attach(slot& s, const entry* of, std::unique_ptr<const body_file> made) {
  return shows(s, of) && attach(s, of->file, std::move(made));
}

void cache_home::erase(slot& s) {
  assert(at(s.ref) == &s && "the slot was erased before");
  slots_[s.ref] = nullptr;
  index_.erase(s);
  charge_index(0, index_.bytes());
  // Another loop finds this slot until it has applied the erasure; without a view that is a miss.
  retire_view(s, s.current.exchange(nullptr, std::memory_order_acq_rel), nullptr);
  account_.retire(s.heap_bytes_beside());
  if (settings_.loops > 1) {
    unsent_.push_back({&s, false});
  } else {
    retired_.push_back({.old_slot = &s});
  }
}

void cache_home::collect() {
  if (settings_.loops == 1) {
    free_all(retired_);
  } else if (awaited_ == 0 && !(retired_.empty() && unsent_.empty())) {
    start_round();
  }
}

void cache_home::start_round() {
  auto update = std::make_shared<index_update>();
  update->round = ++round_;
  dying_.swap(retired_);
  const auto count = std::min(unsent_.size(), index_update::changes_max);
  update->changes.assign(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(count));
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(count));
  for (const auto& change : update->changes) {
    if (!change.present) dying_.push_back({.old_slot = change.at});
  }
  awaited_ = settings_.loops - 1;
  for (std::size_t loop = 1; loop < settings_.loops; ++loop) post_(loop, update);
}

void cache_home::acknowledge(std::size_t loop, std::uint64_t round, std::size_t index_bytes) {
  if (loop == 0 || loop >= settings_.loops || round != round_ || awaited_ == 0) return;
  if (acknowledged_[loop] == round) return;
  acknowledged_[loop] = round;
  charge_index(loop, index_bytes);
  if (--awaited_ != 0) return;
  free_all(dying_);
  collect();
}

std::size_t cache_home::bytes_of(const slot& s) const {
  auto sum = freshet::bytes_of(s);
  const view* now = s.current.load(std::memory_order_relaxed);
  if (now == nullptr) return sum;
  sum += freshet::bytes_of(*now);
  if (now->content) sum += body_bytes_of(*now->content) + s.encoding_bytes;
  return sum;
}

void cache_home::retire(dead d) {
  account_.retire(bytes_of(d));
  retired_.push_back(d);
}

void cache_home::retire_view(slot& s, const view* old, const entry* successor) {
  if (old == nullptr) return;
  dead d{.old_view = old, .with_entry = old->content && old->content.get() != successor};
  if (d.with_entry) d.encoding_bytes = std::exchange(s.encoding_bytes, 0);
  retire(d);
}

void cache_home::free_all(std::vector<dead>& what) {
  assert(!index_.lent() && "collect after the handler, not inside with()");
  for (const auto& d : what) {
    account_.release(bytes_of(d));
    if (d.old_slot != nullptr) {
      account_.remove(memory_kind::slots, d.old_slot->heap_bytes_beside());
      made_.destroy(*d.old_slot);
      continue;
    }
    if (d.with_entry) {
      account_.remove(memory_kind::bodies, body_bytes_of(*d.old_view->content));
      account_.remove(memory_kind::encodings, d.encoding_bytes);
    }
    account_.remove(memory_kind::views, freshet::bytes_of(*d.old_view));
    delete d.old_view;
  }
  what.clear();
}

void cache_home::charge_slots() {
  const auto now = made_.bytes() + slots_.bytes();
  if (now == slots_bytes_) return;
  account_.replace(memory_kind::slots, slots_bytes_, now);
  slots_bytes_ = now;
}

void cache_home::charge_index(std::size_t loop, std::size_t bytes) {
  if (index_bytes_[loop] == bytes) return;
  account_.replace(memory_kind::index, index_bytes_[loop], bytes);
  index_bytes_[loop] = bytes;
}

std::size_t cache_home::bytes_of(const dead& d) {
  if (d.old_slot != nullptr) return d.old_slot->heap_bytes_beside();
  auto sum = freshet::bytes_of(*d.old_view);
  if (d.with_entry) sum += body_bytes_of(*d.old_view->content) + d.encoding_bytes;
  return sum;
}

}  // namespace freshet
