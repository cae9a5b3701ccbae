#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace freshet {

struct client_tls_options {
  std::string ca;         // PEM file; empty = the system's store
  std::string cert, key;  // PEM files of a client certificate; both or none
  bool verify = true;     // false only by the configuration's own word, and logged at start
};
using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// The one place where client TLS is set up: TLS 1.2 or newer, peer verified.
///
/// Errors:   malformed, naming the file that OpenSSL refuses.
result<tls_context> make_client_tls(const client_tls_options& options);

/// Per connection: SNI and the name that the certificate must carry (an address has no SNI).
/// REQUIRES: before the handshake.
result<void> expect_host(SSL* tls, const std::string& host, bool verify);

}  // namespace freshet
