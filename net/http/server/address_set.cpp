#include "net/http/server/address_set.hpp"

#include <charconv>

namespace freshet::http {
namespace ip = boost::asio::ip;

ip::address_v6 as_v6(const ip::address& address) {
  return address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
}

result<address_set> address_set::parse(std::span<const std::string> networks) {
  address_set out;
  for (const auto& text : networks) {
    const auto slash = text.find('/');
    boost::system::error_code ec;
    const auto address = ip::make_address(text.substr(0, slash), ec);
    const unsigned width = address.is_v4() ? 32 : 128;
    unsigned bits = width;
    if (!ec && slash != text.npos) {
      const char* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc() || stop != end || bits > width)
        ec = make_error_code(errc::malformed);
    }
    if (ec) return fail(errc::malformed, "expected an address or address/bits, found " + text);
    out.networks_.push_back({as_v6(address).to_bytes(), bits + (128 - width)});
  }
  return out;
}

bool address_set::contains(const ip::address& address) const {
  const auto bytes = as_v6(address).to_bytes();
  for (const auto& n : networks_) {
    bool same = true;
    for (unsigned bit = 0; same && bit < n.bits; bit += 8) {
      const auto i = bit / 8;
      const unsigned take = std::min(8u, n.bits - bit);
      const auto mask = static_cast<unsigned char>(0xff00u >> take);
      same = (bytes[i] & mask) == (n.prefix[i] & mask);
    }
    if (same) return true;
  }
  return false;
}

}  // namespace freshet::http
