#include "app/server/endpoints.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

namespace freshet::app {

using boost::asio::ip::tcp;

result<tcp::endpoint> resolve(const config::endpoint& at) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(at.host, ec);
  if (!ec) return tcp::endpoint(address, at.port);
  boost::asio::io_context ctx;
  tcp::resolver resolver(ctx);
  const auto found = resolver.resolve(at.host, std::to_string(at.port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, ec);
  if (ec || found.empty()) return error(ec, fmt::format("{}:{}", at.host, at.port));
  return found.begin()->endpoint();
}

std::string url_of(const tcp::endpoint& at) {
  const auto address = at.address();
  const auto host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return fmt::format("http://{}:{}", host, at.port());
}

}  // namespace freshet::app
