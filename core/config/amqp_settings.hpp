#pragma once

#include "core/config/settings.hpp"

namespace freshet::config {

/// What a bus of the kind `amqp` has beside what all buses have.
struct amqp_settings {
  secret url;  // amqp(s)://user:password@host:port/vhost
  tls_settings tls;
  std::string exchange = "amq.topic";
  std::string queue;  // "" = a UUID of our own with `state`, else the broker's choice
  std::uint32_t prefetch = 25;
  nanoseconds expires = 72h;  // of a queue that we declared; 0 = never
};

}  // namespace freshet::config
