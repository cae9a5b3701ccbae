#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/client/http_client.hpp"

namespace freshet::app {

struct remote_options {
  std::string url;    // http(s)://host[:port][/prefix], host:port, or the path of a unix socket
  std::string token;  // sent as a bearer token; "" = none
  std::string ca;     // PEM file; "" = the system's
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
};

/// A running server as the verbs see it: blocking calls on a loop of their own.
///
/// Errors:   create: malformed (the URL, the CA file). Calls: client_errc; errc::closed when
///           interrupted by a signal. Any complete answer is a success here.
/// Threads:  blocks the caller.
class remote {
 public:
  static result<std::unique_ptr<remote>> create(const remote_options& options);

  result<client_answer> get(std::string_view target);
  result<client_answer> post(std::string_view target, std::string json);

  /// For verbs that bring their own coroutine; run it with run_interruptible(loop(), ..).
  boost::asio::io_context& loop() { return ctx_; }
  boost::asio::awaitable<result<client_answer>> send(client_request request);
  /// `target` with the prefix in front, and the fields that every request has.
  client_request request(std::string method, std::string_view target) const;
  const http_client_options& connection() const { return connection_; }
  /// For people: where requests go.
  const std::string& url() const { return url_; }

 private:
  remote(std::string url, http_client_options connection, std::string prefix, std::string token);
  result<client_answer> wait_for(client_request request);

  std::string url_;
  http_client_options connection_;
  std::string prefix_, token_;
  boost::asio::io_context ctx_{1};
  http_client client_;
};

/// What a person typed as a path, as a request target: begins with `/`; spaces, controls and what
/// is not ASCII become %XX, everything else stays. Nothing when it does not begin with `/`.
std::optional<std::string> to_target(std::string_view path);

/// "404 Not Found: no page has this path" from a problem document, else the status alone.
std::string describe_status(const client_answer& answer);

}  // namespace freshet::app
