#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/settings.hpp"
#include "net/http/head/request_head.hpp"

namespace freshet::api {

/// Which browsers' pages may read us.
///
/// Shape:    all texts are complete header lines made once: a hit borrows them. An origin is
///           compared byte for byte with the list and never repeated when it is not in it.
/// Lifetime: what it returns lives as long as the policy.
/// Source:   Fetch standard, CORS protocol; CONTRACT.md section 4.
class cors_policy {
 public:
  explicit cors_policy(const config::cors_settings& settings);

  /// For every answer; "" when no origin is configured.
  std::string_view lines(std::string_view origin) const;
  /// For the answer to OPTIONS: those of a preflight when the head is one.
  std::string_view options_lines(const http::request_head& head) const;

 private:
  struct listed {
    std::string origin;
    std::string answer;
    std::string preflight;
  };
  const listed* find(std::string_view origin) const;

  std::vector<listed> listed_;
  std::string others_;  // Vary alone
  bool any_ = false;    // `*`
};

}  // namespace freshet::api
