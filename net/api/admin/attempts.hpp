#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "core/clock.hpp"

namespace freshet::api {

/// How often each address gave a wrong token lately.
///
/// Shape:    after `most` failures in a window it is shut out until the window ends, with the right
///           token too: else it could go on trying. At most `addresses_max` are remembered; the one
///           whose window began first makes room.
/// Threads:  one loop.
class attempts {
 public:
  static constexpr std::uint32_t most = 10;
  static constexpr std::chrono::seconds window{60};
  static constexpr std::size_t addresses_max = 1024;

  /// How long this address is shut out; nothing when it is not.
  std::optional<std::chrono::seconds> shut_out(const boost::asio::ip::address& who,
                                               mono_time now) const;
  void failed(const boost::asio::ip::address& who, mono_time now);

  std::size_t size() const { return failures_.size(); }

 private:
  struct failures {
    mono_time since;
    std::uint32_t count = 0;
  };
  void make_room(mono_time now);

  std::map<boost::asio::ip::address_v6, failures> failures_;
};

}  // namespace freshet::api
