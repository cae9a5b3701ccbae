#include "app/verbs/remote_flags.hpp"

#include <fmt/format.h>

#include "app/exit_code.hpp"
#include "core/config/load.hpp"
#include "core/config/scalars.hpp"

namespace freshet::app {
namespace {

std::string check_timeout(const std::string& text) {
  const auto limit = config::parse_duration(text);
  return limit && limit->count() > 0 ? "" : "expected a duration such as 30s, found `" + text + "`";
}

std::string check_path(const std::string& text) {
  return to_target(text) ? "" : "expected a path that begins with /, found `" + text + "`";
}

}  // namespace

CLI::Validator page_path() { return CLI::Validator(check_path, ""); }

std::shared_ptr<remote_flags> add_remote_flags(CLI::App& sub, listener_kind to) {
  auto flags = std::make_shared<remote_flags>();
  // Each verb takes both, so that one set of flags in a script or alias fits all of them.
  auto* server =
      sub.add_option("--server", flags->server, "the public listener: a URL, or a socket's path");
  auto* admin =
      sub.add_option("--admin", flags->admin, "the admin listener: a URL, or a socket's path");
  auto* token = sub.add_option(
      "--token", flags->token,
      "the admin token; write '${file:PATH}' or '${env:NAME}' to keep it out of the process list");
  (to == listener_kind::server ? server : admin)->capture_default_str();
  for (auto* unused : to == listener_kind::server ? std::vector{admin, token} : std::vector{server})
    unused->group("");  // accepted, not shown
  sub.add_option("--ca", flags->ca, "trust these certificates (PEM) instead of the system's");
  sub.add_option("--timeout", flags->timeout, "how long to wait for an answer")
      ->capture_default_str()
      ->check(CLI::Validator(check_timeout, "DURATION"));
  return flags;
}

std::unique_ptr<remote> open_remote(const remote_flags& flags, listener_kind to, int& code) {
  code = exit_usage;
  const auto token = config::reveal(config::secret{flags.token});
  if (!token) {
    fmt::print(stderr, "freshet: --token: {}\n", token.error().text());
    return nullptr;
  }
  remote_options options;
  options.url = to == listener_kind::server ? flags.server : flags.admin;
  options.token = *token;
  options.ca = flags.ca;
  options.timeout = *config::parse_duration(flags.timeout);
  auto made = remote::create(options);
  if (!made) {
    fmt::print(stderr, "freshet: {}\n", made.error().detail);
    return nullptr;
  }
  return std::move(*made);
}

int report(const error& e) {
  fmt::print(stderr, "freshet: {}\n", e.text());
  const bool no_answer = e.code.category() == client_category() && status_of(e.code) == 0;
  return no_answer ? exit_unavailable : exit_failed;
}

bool succeeded(const client_answer& answer) {
  if (answer.status >= 200 && answer.status < 300) return true;
  fmt::print(stderr, "freshet: {}\n", describe_status(answer));
  return false;
}

std::optional<simdjson::dom::element> json_answer::read(const result<client_answer>& answer,
                                                        int& code) {
  if (!answer) {
    code = report(answer.error());
    return {};
  }
  code = exit_failed;
  if (!succeeded(*answer)) return {};
  const auto document = reader_.read(answer->body);
  if (!document) {
    fmt::print(stderr, "freshet: expected JSON, found {}: is this freshet's admin listener?\n",
               answer->content_type.empty() ? "something else" : answer->content_type);
    return {};
  }
  code = exit_ok;
  return *document;
}

}  // namespace freshet::app
