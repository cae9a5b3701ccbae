#include "net/api/public/stream_seats.hpp"

#include "net/http/server/address_set.hpp"

namespace freshet::api {

std::shared_ptr<void> stream_seats::take(const boost::asio::ip::address& address) {
  const auto key = http::as_v6(address);
  {
    const std::lock_guard lock(mutex_);
    auto& count = taken_[key];
    if (per_address_ != 0 && count >= per_address_) return {};
    ++count;
  }
  return {this, [table = shared_from_this(), key](void*) { table->give_back(key); }};
}

void stream_seats::give_back(const boost::asio::ip::address_v6& address) {
  const std::lock_guard lock(mutex_);
  const auto at = taken_.find(address);
  if (--at->second == 0) taken_.erase(at);
}

}  // namespace freshet::api
