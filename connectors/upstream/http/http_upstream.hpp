#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "connectors/upstream/upstream.hpp"
#include "core/config/settings.hpp"
#include "net/client/http_client.hpp"

namespace freshet {

/// Any document over HTTP(S): one origin, an optional path before every target.
///
/// Errors:   create: malformed (URL), or what make_client_tls says. fetch: see upstream.
///           2xx with a body, 404 and 410 are answers; 204, 205, 206 and 3xx are errors, but up to
///           `redirects` redirects of a GET to the same origin are followed. 304 is an answer to a
///           request that named a validator.
/// Threads:  home loop only.
class http_upstream final : public upstream {
 public:
  /// `headers` are the settings' headers with their secrets revealed; those out of files are read
  /// again for each question.
  static result<std::unique_ptr<http_upstream>> create(
      boost::asio::io_context::executor_type ex, const config::upstream_settings& settings,
      std::vector<std::pair<std::string, std::string>> headers);

  std::string_view name() const override { return name_; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;

 private:
  http_upstream(boost::asio::io_context::executor_type ex, http_client_options options)
      : client_(ex, std::move(options)) {}
  /// The target of an absolute address or path, if it stays at this origin.
  std::optional<std::string> same_origin_target(std::string_view location) const;
  /// The target behind a Location, which may be relative to what was asked for.
  std::optional<std::string> redirected(const std::string& from, const std::string& location) const;
  /// The target of a reference in an answer that was found at `base`, if it stays at this origin.
  std::optional<std::string> same_origin_reference(std::string_view base,
                                                   std::string_view reference) const;
  error describe(error e, const std::string& target) const;
  /// Puts what the files of secrets say now into `headers`.
  result<void> read_again(std::vector<std::pair<std::string, std::string>>& headers) const;

  std::string name_;
  std::string origin_;  // scheme://host:port, lower case, port always written
  std::string prefix_;  // path without its last slash
  std::vector<std::pair<std::string, std::string>> headers_;
  std::vector<std::pair<std::string, config::secret>> from_files_;  // those that may change
  std::uint32_t redirects_ = 0;
  std::size_t body_max_ = 0;
  http_client client_;
};

}  // namespace freshet
