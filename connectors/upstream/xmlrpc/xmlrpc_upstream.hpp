#pragma once

#include <memory>

#include "connectors/upstream/http/http_upstream.hpp"
#include "connectors/upstream/xmlrpc/rpc_answer.hpp"
#include "connectors/upstream/xmlrpc/rpc_question.hpp"
#include "core/async/worker_thread.hpp"

namespace freshet {

/// Methods of one XML-RPC endpoint, and plain documents beside it.
///
/// Shape:    a request's `calls` are asked one after the other (`plain`), or together by multiCall
///           (`koji`), which also joins those of several requests: equal calls are asked once. A
///           request without `calls` goes to http_upstream as it is.
/// Errors:   http_upstream's; a status other than 200; fault, when a call is refused; malformed and
///           out_of_range for what is not XML-RPC within the limits. The detail names the upstream
///           and the method.
/// Lifetime: as upstream; the worker outlives it.
/// Threads:  home loop only; a large answer is read on `heavy`, if there is one.
class xmlrpc_upstream final : public upstream {
 public:
  struct way {
    xmlrpc::dialect speaks = xmlrpc::dialect::plain;
    std::string target;  // behind the upstream's path; "" = the path itself
    std::size_t body_max = 16u << 20;
    worker_thread* heavy = nullptr;
  };
  xmlrpc_upstream(std::unique_ptr<http_upstream> over, way how)
      : over_(std::move(over)), how_(std::move(how)) {}

  std::string_view name() const override { return over_->name(); }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;
  std::string group_of(const upstream_request& request) const override;
  boost::asio::awaitable<std::vector<result<upstream_answer>>> fetch_all(
      std::vector<upstream_request> requests) override;

  /// One exchange: a method call, and what stands in the answer.
  boost::asio::awaitable<result<xmlrpc::rpc_answer>> ask(remote_call call, call_lane lane);

 private:
  struct post {
    std::string xml;
    std::size_t bytes = 0;
  };
  boost::asio::awaitable<result<post>> send(std::string xml, call_lane lane);
  boost::asio::awaitable<result<std::vector<xmlrpc::rpc_answer>>> ask_together(
      std::vector<remote_call> calls, call_lane lane);
  xmlrpc::xml_limits limits() const;
  error describe(error e, const std::string& method) const;

  std::unique_ptr<http_upstream> over_;
  way how_;
};

}  // namespace freshet
