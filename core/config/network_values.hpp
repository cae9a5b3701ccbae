#pragma once

#include <string>
#include <string_view>

#include "core/config/node.hpp"
#include "core/config/settings.hpp"
#include "core/result.hpp"

/// Addresses and URLs as configuration values; same manners as scalars.hpp.
namespace freshet::config {

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `/run/freshet.sock`, `unix:/run/freshet.sock`.
result<endpoint> to_endpoint(const node& value);
/// An IPv4 or IPv6 address with or without `/prefix`; gives it with the prefix.
result<std::string> to_network(const node& value);
/// `http://host[:port][/path]` or https; without user, query and fragment. Without a last slash.
result<std::string> to_http_url(const node& value);
/// `https://host[:port]`, or `*`.
result<std::string> to_origin(const node& value);
/// `tcp://host:port` or `ipc://path`.
result<std::string> to_zmq_endpoint(const node& value);

/// Whether only this machine can reach it.
bool is_loopback(const endpoint& e);

}  // namespace freshet::config
