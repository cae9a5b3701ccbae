#include "connectors/refresh/refresh_history.hpp"

namespace freshet {

void refresh_history::keep(page_ref page, refresh_record record) {
  const auto [at, added] = records_.insert_or_assign(page, std::move(record));
  if (!added) return;
  order_.push_back(page);
  if (order_.size() <= most_) return;
  records_.erase(order_.front());
  order_.pop_front();
}

const refresh_record* refresh_history::find(page_ref page) const {
  const auto at = records_.find(page);
  return at == records_.end() ? nullptr : &at->second;
}

}  // namespace freshet
