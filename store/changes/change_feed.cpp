#include "store/changes/change_feed.hpp"

#include <absl/container/flat_hash_set.h>
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <string_view>

namespace freshet {
namespace {

struct text_hash {
  std::size_t operator()(std::string_view text) const {
    return static_cast<std::size_t>(XXH3_64bits(text.data(), text.size()));
  }
};

}  // namespace

void change_mailbox::put(change_ptr c) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  assert(waiting_.changes.empty() || waiting_.changes.back()->at < c->at);
  waiting_.changes.push_back(std::move(c));
  if (waiting_.changes.size() >= compact_at_) compact();
  if (woken_) return;
  woken_ = true;
  wake_();  // under the lock, so that after close() nobody is woken
}

/// Keeps the newest of each page. The next time is at twice what is left, so that a put costs a
/// constant in the mean.
void change_mailbox::compact() {
  auto& changes = waiting_.changes;
  absl::flat_hash_set<std::string_view, text_hash> seen;
  const auto count = changes.size();
  std::size_t from = count;
  for (std::size_t i = count; i-- > 0;) {
    if (seen.insert(changes[i]->path).second) std::swap(changes[i], changes[--from]);
  }
  std::size_t kept = count - from;
  figures_.compacted += from;
  if (kept > limits_.pages_max) {
    const auto over = kept - limits_.pages_max;
    waiting_.dropped = changes[from + over - 1]->at;
    figures_.dropped += over;
    from += over;
    kept -= over;
  }
  changes.erase(changes.begin(), changes.begin() + static_cast<std::ptrdiff_t>(from));
  compact_at_ = std::max(limits_.compact_at, 2 * kept);
}

void change_mailbox::drain(batch& into) {
  into.changes.clear();
  into.dropped = 0;
  const std::lock_guard lock(mutex_);
  std::swap(into, waiting_);
  compact_at_ = limits_.compact_at;
  woken_ = false;
}

void change_mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_ = {};
  wake_ = nullptr;
}

change_mailbox::figures change_mailbox::counts() const {
  const std::lock_guard lock(mutex_);
  auto now = figures_;
  now.waiting = waiting_.changes.size();
  return now;
}

std::shared_ptr<change_mailbox> change_feed::add(std::function<void()> wake,
                                                 change_mailbox::limits bounds) {
  return readers_.emplace_back(std::make_shared<change_mailbox>(bounds, std::move(wake)));
}

void change_feed::push(const change_ptr& c) {
  for (const auto& reader : readers_) reader->put(c);
  newest_.store(c->at, std::memory_order_release);
}

std::size_t change_replica::drain() {
  from_->drain(batch_);
  if (batch_.dropped > 0) log_.drop_until(batch_.dropped);
  for (const auto& c : batch_.changes) {
    log_.append(c);
    if (batch_.dropped == 0) told_.changed(c);
  }
  if (batch_.dropped > 0) told_.lapped();
  return batch_.changes.size();
}

}  // namespace freshet
