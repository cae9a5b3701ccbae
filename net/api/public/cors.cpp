#include "net/api/public/cors.hpp"

#include <algorithm>

namespace freshet::api {
namespace {

constexpr std::string_view allow_origin = "Access-Control-Allow-Origin: ";
constexpr std::string_view expose =
    "Access-Control-Expose-Headers: ETag, Link, Freshness, Cache-Status, Content-Location, "
    "Retry-After\r\n";
constexpr std::string_view preflight =
    "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
    "Access-Control-Allow-Headers: Accept, Cache-Control, If-None-Match, Last-Event-ID\r\n"
    "Access-Control-Max-Age: 86400\r\n";
constexpr std::string_view credentials = "Access-Control-Allow-Credentials: true\r\n";
constexpr std::string_view vary = "Vary: Origin\r\n";

}  // namespace

cors_policy::cors_policy(const config::cors_settings& settings) {
  if (settings.origins.empty()) return;
  any_ = std::find(settings.origins.begin(), settings.origins.end(), "*") != settings.origins.end();
  if (!any_) others_ = vary;
  for (const auto& origin : settings.origins) {
    if (any_ && origin != "*") continue;
    std::string lines(allow_origin);
    lines.append(origin).append("\r\n");
    if (!any_) lines += vary;
    if (settings.credentials && !any_) lines += credentials;
    listed_.push_back({origin, lines + std::string(expose), lines + std::string(preflight)});
  }
}

const cors_policy::listed* cors_policy::find(std::string_view origin) const {
  if (any_) return &listed_.front();
  if (origin.empty()) return nullptr;
  for (const auto& one : listed_) {
    if (one.origin == origin) return &one;
  }
  return nullptr;
}

std::string_view cors_policy::lines(std::string_view origin) const {
  const auto* one = find(origin);
  return one ? std::string_view(one->answer) : std::string_view(others_);
}

std::string_view cors_policy::options_lines(const http::request_head& head) const {
  const auto* one = find(head.origin);
  const bool asks = !head.origin.empty() && head.single("access-control-request-method");
  return one && asks ? std::string_view(one->preflight) : lines(head.origin);
}

}  // namespace freshet::api
