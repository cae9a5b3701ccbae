#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace freshet {

struct client_tls_options {
  std::string ca = {};    // PEM file; empty = the system's store
  std::string cert = {};  // PEM file of a client certificate and its chain; empty = none
  std::string key = {};   // PEM file, given exactly when `cert` is
  bool verify = true;     // false only by the configuration's own word, and logged at start
};
using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// The one place where client TLS is set up: TLS 1.2 or newer, peer verified.
///
/// Errors:   malformed, naming the file that OpenSSL refuses; missing, when one of cert and key is.
result<tls_context> make_client_tls(const client_tls_options& options);
/// The same for a context that a library made.
result<void> apply_client_tls(SSL_CTX* native, const client_tls_options& options);

using client_tls_stream = boost::asio::ssl::stream<boost::asio::generic::stream_protocol::socket&>;

/// Per connection: SNI and the name that the certificate must carry (an address has no SNI).
/// When the peer is refused for its certificate, `why` gets a sentence: which one, and the reason.
/// REQUIRES: before the handshake; `why` outlives the stream.
result<void> expect_host(client_tls_stream& stream, const std::string& host, std::string* why);

}  // namespace freshet
