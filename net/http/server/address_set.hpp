#pragma once

#include <boost/asio/ip/address.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace freshet::http {

/// Networks, as `proxies` lists them: `10.0.0.0/8`, `::1/128`, or one address.
///
/// Shape:  an IPv4 address and its form mapped into IPv6 are the same.
/// Errors: parse(): malformed with the text at fault.
class address_set {
 public:
  static result<address_set> parse(std::span<const std::string> networks);
  bool contains(const boost::asio::ip::address& address) const;

 private:
  struct network {
    boost::asio::ip::address_v6::bytes_type prefix;
    unsigned bits;
  };
  std::vector<network> networks_;
};

/// IPv4 becomes IPv6 (mapped): one form to compare.
boost::asio::ip::address_v6 as_v6(const boost::asio::ip::address& address);

}  // namespace freshet::http
