#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "core/config/settings.hpp"
#include "core/result.hpp"

namespace freshet::app {

/// The address of a configured endpoint; names are resolved, once, when the server starts.
///
/// Errors: what the resolver says; the detail is `host:port`.
result<boost::asio::ip::tcp::endpoint> resolve(const config::endpoint& at);

/// `http://127.0.0.1:8080`, as people paste it.
std::string url_of(const boost::asio::ip::tcp::endpoint& at);

}  // namespace freshet::app
