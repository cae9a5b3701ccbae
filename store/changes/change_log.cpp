#include "store/changes/change_log.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace freshet {

std::size_t change_log::bytes_of(const change& c) {
  // The content is shared with the cache, which counts it; a shared_ptr's block is two words more.
  return sizeof(change) + 2 * sizeof(void*) + c.path.capacity() + c.etag.capacity() +
         c.event_id.capacity() + c.topic.capacity();
}

std::size_t change_log::bytes() const { return record_bytes_ + nodes_.bytes() + newest_.bytes(); }

std::uint32_t change_log::take_node() {
  if (free_ == nothing) {
    nodes_.grow_to(made_);
    return made_++;
  }
  return std::exchange(free_, nodes_[free_].next);
}

void change_log::append(change_ptr c) {
  assert(c && c->at > last_ && c->ref != no_page);
  last_ = c->at;
  std::uint32_t& newest = newest_.grow_to(c->ref).at;
  // Another path: the row was used again, and its former page's last change is still to be told.
  if (newest != nothing && nodes_[newest].what->path == c->path) unlink(newest);
  const std::uint32_t at = take_node();
  newest = at;
  record_bytes_ += bytes_of(*c);
  ++size_;
  nodes_[at] = {std::move(c), tail_, nothing};
  (tail_ == nothing ? head_ : nodes_[tail_].next) = at;
  tail_ = at;
  while (size_ > limits_.records_max || (record_bytes_ > limits_.bytes_max && size_ > 1)) {
    drop_oldest();
  }
}

void change_log::unlink(std::uint32_t at) {
  node& n = nodes_[at];
  (n.before == nothing ? head_ : nodes_[n.before].next) = n.next;
  (n.next == nothing ? tail_ : nodes_[n.next].before) = n.before;
  record_bytes_ -= bytes_of(*n.what);
  --size_;
  n = {nullptr, nothing, std::exchange(free_, at)};
}

void change_log::drop_oldest() {
  const std::uint32_t at = head_;
  const change& c = *nodes_[at].what;
  dropped_ = c.at;
  if (newest_[c.ref].at == at) newest_[c.ref].at = nothing;
  unlink(at);
}

void change_log::drop_until(sequence at) {
  while (head_ != nothing && nodes_[head_].what->at <= at) drop_oldest();
  dropped_ = std::max(dropped_, at);
}

change_log::range change_log::since(sequence told) const {
  std::uint32_t first = nothing;
  for (std::uint32_t at = tail_; at != nothing && nodes_[at].what->at > told;
       at = nodes_[at].before) {
    first = at;
  }
  return {first == nothing ? iterator{} : iterator{this, first}};
}

}  // namespace freshet
