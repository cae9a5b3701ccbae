#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace freshet::api {

/// How many streams each address has open, over all loops that share it.
///
/// Shape:    only addresses with a stream are kept: bounded by the number of streams.
/// Lifetime: a seat keeps the table alive; it is given back when the seat dies.
/// Threads:  any.
class stream_seats : public std::enable_shared_from_this<stream_seats> {
 public:
  /// `per_address`: 0 = no limit.
  explicit stream_seats(std::uint32_t per_address) : per_address_(per_address) {}

  /// Null when the address has all its seats taken.
  std::shared_ptr<void> take(const boost::asio::ip::address& address);

 private:
  void give_back(const boost::asio::ip::address_v6& address);

  std::uint32_t per_address_;
  std::mutex mutex_;
  std::map<boost::asio::ip::address_v6, std::uint32_t> taken_;
};

}  // namespace freshet::api
