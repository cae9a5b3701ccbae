#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet {

/// What an `amqp://` or `amqps://` URL says.
///
/// Shape:  user, password and vhost percent-decoded; without a path, and with an empty one, the
///         vhost is `/`; without a user it is AMQP's `guest`. No query and no fragment.
/// Source: RabbitMQ's URI specification; its empty vhost for an empty path is nobody's intention.
struct amqp_address {
  bool tls = false;
  std::string host;
  std::uint16_t port = 5672;
  bool has_user = false;
  std::string user = "guest";
  std::string password = "guest";
  std::string vhost = "/";

  bool operator==(const amqp_address&) const = default;
};

/// Errors: malformed; the detail never has a part of the text, which may hold a password.
result<amqp_address> parse_amqp_address(std::string_view text);

/// The URL as people may read it: its password is `***`. A password that is a `${..}` as a whole
/// says only where it is.
std::string without_password(std::string_view url);

}  // namespace freshet
