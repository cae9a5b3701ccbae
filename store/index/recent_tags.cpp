#include "store/index/recent_tags.hpp"

namespace freshet {

void recent_tags::note(tag_hash tag, sequence at, const mark_request& what) {
  recent& r = newest_[tag];
  const part_mask parts = r.at == 0 ? what.parts : (r.what.parts | what.parts);
  const bool lazy = what.lazy && (r.at == 0 || r.what.lazy);
  r = {at, what};
  r.what.parts = parts;  // several rules may have named this tag with other parts
  r.what.lazy = lazy;
  order_.emplace_back(at, tag);
  while (order_.size() > marks_max_) {
    forgotten_ = order_.front().first;
    drop_front();
  }
}

void recent_tags::drop_front() {
  const auto [at, tag] = order_.front();
  order_.pop_front();
  const auto it = newest_.find(tag);
  if (it != newest_.end() && it->second.at == at) newest_.erase(it);
}

const recent_tags::recent* recent_tags::find(tag_hash tag) const {
  const auto it = newest_.find(tag);
  return it == newest_.end() ? nullptr : &it->second;
}

void recent_tags::prune(std::optional<sequence> oldest) {
  if (!oldest) {
    order_.clear();
    newest_.clear();
    return;
  }
  while (!order_.empty() && order_.front().first <= *oldest) drop_front();
}

std::size_t recent_tags::bytes() const {
  return order_.size() * sizeof(order_.front()) +
         newest_.capacity() * (sizeof(tag_hash) + sizeof(recent) + 1);
}

}  // namespace freshet
