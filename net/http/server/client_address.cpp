#include "net/http/server/client_address.hpp"

#include <string>

#include "net/http/head/characters.hpp"

namespace freshet::http {

asio::ip::address client_address(std::string_view forwarded_for, const peer& from) {
  if (!from.proxy || forwarded_for.empty()) return from.address;
  const auto comma = forwarded_for.rfind(',');
  const auto last = forwarded_for.substr(comma == std::string_view::npos ? 0 : comma + 1);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(std::string(trim(last)), ec);
  return ec ? from.address : address;
}

}  // namespace freshet::http
