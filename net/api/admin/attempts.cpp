#include "net/api/admin/attempts.hpp"

#include <algorithm>

#include "net/http/server/address_set.hpp"

namespace freshet::api {

std::optional<std::chrono::seconds> attempts::shut_out(const boost::asio::ip::address& who,
                                                       mono_time now) const {
  const auto at = failures_.find(http::as_v6(who));
  if (at == failures_.end() || at->second.count < most) return {};
  const auto left = at->second.since + window - now;
  if (left <= left.zero()) return {};
  return std::chrono::ceil<std::chrono::seconds>(left);
}

void attempts::failed(const boost::asio::ip::address& who, mono_time now) {
  const auto key = http::as_v6(who);
  if (!failures_.contains(key) && failures_.size() >= addresses_max) make_room(now);
  auto& his = failures_[key];
  if (his.count == 0 || now - his.since >= window) his = {now, 0};
  ++his.count;
}

void attempts::make_room(mono_time now) {
  std::erase_if(failures_, [now](const auto& one) { return now - one.second.since >= window; });
  if (failures_.size() < addresses_max) return;
  failures_.erase(std::min_element(failures_.begin(), failures_.end(), [](auto& a, auto& b) {
    return a.second.since < b.second.since;
  }));
}

}  // namespace freshet::api
