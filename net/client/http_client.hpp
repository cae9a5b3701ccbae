#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/client/client_errc.hpp"
#include "net/client/host_lookup.hpp"
#include "net/tls/client_tls.hpp"

namespace freshet {

struct http_client_options {
  std::string host;
  std::uint16_t port = 80;
  std::string unix_path;  // not empty: connect there; `host` is then only the Host field
  tls_context tls;        // null = plain
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(3);  // name, TCP and TLS
  std::chrono::nanoseconds timeout = std::chrono::seconds(10);         // the whole exchange
  std::chrono::nanoseconds idle_max = std::chrono::seconds(15);
  std::size_t connections = 64;  // at a time, busy or idle
  std::size_t idle_connections = 8;
  std::size_t head_max = 16 * 1024;
  host_lookup::question lookup = {};  // empty = the system's
};

struct client_request {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t body_max = 16u << 20;  // after inflation
  bool keep_headers = false;         // fill client_answer::headers
};

struct client_answer {
  unsigned status = 0;
  std::string body;
  std::string content_type, location, retry_after;
  std::string link = {};                                     // all Link fields, joined by ", "
  std::vector<std::pair<std::string, std::string>> headers;  // as sent; only when asked for
  std::size_t bytes_received = 0;
};

struct client_connection;
class client_dialer;
using client_connection_ptr = std::unique_ptr<client_connection>;

/// HTTP/1.1 to one origin over kept connections; any complete answer is a success here.
///
/// Shape:    bounded head, body, chunk extensions, interim answers and connections; a pooled
///           connection that turns out dead before the first byte is replaced once (GET and HEAD).
/// Errors:   client_errc; who cannot be reached or is refused is named with host:port.
///           Does not throw but bad_alloc (and operation_aborted when cancelled).
/// Lifetime: outlives its calls.
/// Threads:  the executor's loop.
class http_client {
 public:
  http_client(boost::asio::io_context::executor_type ex, http_client_options options);
  ~http_client();
  boost::asio::awaitable<result<client_answer>> send(client_request request);
  std::size_t idle() const { return idle_.size(); }
  std::size_t open() const;           // busy or idle
  std::uint64_t connections() const;  // ever made

 private:
  boost::asio::awaitable<result<client_answer>> attempt(client_request request);
  client_connection_ptr take_idle();
  void keep(client_connection_ptr c);

  http_client_options options_;
  std::unique_ptr<client_dialer> dialer_;
  std::vector<client_connection_ptr> idle_;
};

}  // namespace freshet
