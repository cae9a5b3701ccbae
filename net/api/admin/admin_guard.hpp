#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "core/config/settings.hpp"
#include "net/api/admin/attempts.hpp"
#include "net/http/head/request_head.hpp"
#include "net/http/server/responder.hpp"

namespace freshet::api {

/// Why an admin request is not served.
struct admin_refusal {
  std::uint16_t status = 403;
  std::string_view why;    // for the counter and the log: a literal
  std::string_view title;  // a literal
  std::string detail;
  std::string fields;        // header lines
  std::string for_log = {};  // what the other side must not read
};

/// Who may use the admin listener.
///
/// Shape:    the Host must be a name of this server (a page elsewhere may point its own name at
///           127.0.0.1), an Origin too; with `admin_token` its bearer alone. Without a token every
///           request needs the known Host; with one, those that change something.
/// Errors:   421 Host, 403 Origin, 401 token, 429 too many wrong ones, 503 the token's file or
///           variable cannot be read: then nobody is let in.
/// Lifetime: the settings outlive it.
/// Threads:  one loop.
class admin_guard {
 public:
  explicit admin_guard(const config::settings& settings);

  std::optional<admin_refusal> judge(const http::request_head& head, const http::peer& from,
                                     mono_time now);

 private:
  bool is_known(std::string_view host) const;
  std::optional<admin_refusal> judge_token(const http::request_head& head, const http::peer& from,
                                           mono_time now);

  const config::settings& settings_;
  std::set<std::string, std::less<>> names_;
  bool any_address_ = false;
  attempts attempts_;
};

/// Without the port and the brackets of IPv6, in lower case.
std::string host_name(std::string_view authority);

}  // namespace freshet::api
