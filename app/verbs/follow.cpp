#include "app/verbs/follow.hpp"

#include <boost/beast/core/string.hpp>
#include <map>

#include "app/client/change_notice.hpp"
#include "app/client/follower.hpp"
#include "app/client/interruptible.hpp"
#include "app/client/plain_text.hpp"
#include "app/exit_code.hpp"
#include "core/async/tokens.hpp"
#include "core/url/percent.hpp"

namespace freshet::app {
namespace {

std::string_view field(const client_answer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return {};
}

/// `last-event-id="..."` of the Link field: from there on nothing of this page is missed.
std::string last_event_id(const client_answer& answer) {
  constexpr std::string_view name = "last-event-id=\"";
  const auto link = field(answer, "Link");
  const auto at = link.find(name);
  if (at == std::string_view::npos) return {};
  const auto rest = link.substr(at + name.size());
  return std::string(rest.substr(0, rest.find('"')));
}

class session {
 public:
  session(remote& server, const follow_request& what) : server_(server), what_(what) {}

  asio::awaitable<void> run() {
    if (what_.full) {
      for (const auto& path : what_.paths) {
        const auto printed = co_await print_page(path);
        if (!printed) failed_ = printed.error();
        if (failed_) co_return;
      }
    }
    follow_options options;
    options.target = target();
    options.last_event_id = position_;
    const auto note = [](const std::string& text) {
      fmt::print(stderr, "freshet: {}\n", printable(text));
    };
    follower stream(server_, std::move(options), note);
    for (;;) {
      auto event = co_await stream.next();
      if (!event) failed_ = event.error();
      if (!event || !*event) co_return;
      const auto notice = change_notice::read(std::move(**event));
      print(notice);
      if (what_.full) co_await print_pages(notice);
    }
  }
  const std::optional<error>& failed() const { return failed_; }

 private:
  std::string target() const {
    if (what_.paths.empty()) return "/.well-known/mercure?match_urlpattern=*";
    std::string out = "/.well-known/mercure";
    char mark = '?';
    for (const auto& path : what_.paths) {
      out += fmt::format("{}match={}", mark, percent_encode(path, percent_set::unreserved));
      mark = '&';
    }
    return out;
  }

  /// With --full standard output carries pages and nothing else.
  void print(const change_notice& notice) const {
    std::FILE* to = what_.full ? stderr : stdout;
    const auto line = what_.as_json ? notice.json() : notice.text(std::chrono::system_clock::now());
    fmt::print(to, "{}\n", line);
    std::fflush(to);
  }

  asio::awaitable<void> print_pages(change_notice notice) {
    const bool all = notice.name == "resync";
    // A copy: what is printed may be the watched paths.
    const auto pages = !all ? std::vector{notice.path} : notice.pages.value_or(what_.paths);
    for (const auto& path : pages) {
      if (path.empty()) continue;
      const auto printed = co_await print_page(path);
      if (!printed) fmt::print(stderr, "freshet: {}\n", printed.error().text());
    }
  }

  asio::awaitable<result<>> print_page(std::string path) {
    auto request = server_.request("GET", path);
    const auto known = etags_.find(path);
    if (known != etags_.end()) request.headers.emplace_back("If-None-Match", known->second);
    const auto answer = co_await server_.send(std::move(request));
    if (!answer) co_return answer.error();
    if (position_.empty()) position_ = last_event_id(*answer);
    if (answer->status == 304) co_return result<>();
    if (answer->status != 200) {
      etags_.erase(path);
      fmt::print(stderr, "freshet: {}: {}\n", path, describe_status(*answer));
      co_return result<>();
    }
    const auto canonical = field(*answer, "Content-Location");
    etags_[canonical.empty() ? path : std::string(canonical)] = field(*answer, "ETag");
    std::fwrite(answer->body.data(), 1, answer->body.size(), stdout);
    if (!answer->body.ends_with('\n')) std::putchar('\n');
    std::fflush(stdout);
    co_return result<>();
  }

  remote& server_;
  const follow_request& what_;
  std::map<std::string, std::string> etags_;  // by canonical path; as many as were shown
  std::string position_;
  std::optional<error> failed_;
};

}  // namespace

int follow(const remote_flags& flags, const follow_request& what) {
  int code = exit_ok;
  const auto server = open_remote(flags, listener_kind::server, code);
  if (!server) return code;
  auto targets = what;
  for (auto& path : targets.paths) path = *to_target(path);
  session changes(*server, targets);
  if (!run_interruptible(server->loop(), changes.run())) return exit_ok;
  return changes.failed() ? report(*changes.failed()) : exit_ok;
}

}  // namespace freshet::app
