#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "app/client/remote.hpp"
#include "core/json/validate.hpp"

namespace freshet::app {

/// What all verbs that talk to a running server share.
struct remote_flags {
  std::string server = "http://127.0.0.1:8080";
  std::string admin = "http://127.0.0.1:8081";
  std::string token;  // may hold ${env:NAME} and ${file:PATH}
  std::string ca;
  std::string timeout = "30s";
};

/// The public listener, or the admin one (which may want a token).
enum class listener_kind : bool { server, admin };
std::shared_ptr<remote_flags> add_remote_flags(CLI::App& sub, listener_kind to);

/// For options that are paths of pages: begin with `/`.
CLI::Validator page_path();

/// The remote, or nothing with the exit code in `code` and the reason on stderr.
std::unique_ptr<remote> open_remote(const remote_flags& flags, listener_kind to, int& code);

/// Prints why there was no answer; the exit code for that.
int report(const error& e);
/// False, with the reason on stderr, when the status is no success.
bool succeeded(const client_answer& answer);

/// A complete JSON answer.
/// Lifetime: the element lives in `reader`.
class json_answer {
 public:
  json_answer() : reader_(256u << 20) {}
  /// Nothing, with the exit code in `code` and the reason on stderr, when the answer is no success
  /// or not JSON.
  std::optional<simdjson::dom::element> read(const result<client_answer>& answer, int& code);

 private:
  json::reader reader_;
};

}  // namespace freshet::app
