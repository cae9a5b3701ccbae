#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/config/settings.hpp"
#include "core/observe/log.hpp"
#include "core/observe/metrics.hpp"
#include "net/api/admin/act_request.hpp"
#include "net/api/admin/admin_guard.hpp"
#include "net/api/admin_port.hpp"
#include "net/http/answer/date_block.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/responder.hpp"

namespace freshet::api {

/// What the admin listener stands on.
/// Lifetime: outlives the responder and its connections.
struct admin_environment {
  const config::settings& settings;
  admin_port& port;
  http::date_block& block;  // its own listener's
  const clock& time;
  metrics& numbers;
  std::function<void(std::string_view line)> audit = {};  // empty = the log
};

/// The admin listener: what the server knows of itself, and what it can be told to do (CONTRACT.md
/// section 6).
///
/// Shape:    every act that changes something leaves an audit line, whatever came of it.
/// Errors:   problem documents (RFC 9457).
/// Threads:  home loop only; nothing suspends.
class admin_responder final : public http::responder {
 public:
  explicit admin_responder(admin_environment env);

  void begin_turn() override;
  outcome answer(const http::request_head& head, const http::peer& from,
                 http::response_batch& out) override;
  http::asio::awaitable<after> answer_slowly(const http::request_head* head, http::connection* c,
                                             http::response_batch* out) override;

 private:
  enum class act : std::uint8_t { rebuild, purge, reload, locker };
  struct asked;  // one request and where its answer goes
  using counters = std::map<std::string, counter*, std::less<>>;  // by what differs

  static act act_at(std::string_view path);
  static std::string_view name_of(act what);
  void dispatch(const asked& a);
  void answer_alive(const asked& a) const;
  void answer_ready(const asked& a) const;
  void answer_get(const asked& a) const;
  void answer_explain(const asked& a) const;
  void answer_locker(const asked& a) const;
  void answer_index(const asked& a) const;
  void answer_options(const asked& a) const;
  void answer_act(const asked& a, act what);
  result<std::string> do_act(act what, const act_request& request);
  void refuse(const asked& a, const admin_refusal& why);
  void record(const asked& a, act what, const act_request& request, std::uint16_t status);

  void say(const asked& a, std::uint16_t status, std::string_view type, std::string_view body,
           std::string_view fields = {}) const;
  void say_json(const asked& a, std::string_view body) const {
    say(a, 200, "application/json", body);
  }
  void problem(const asked& a, std::uint16_t status, std::string_view title,
               std::string_view detail = {}, std::string_view fields = {}) const;
  std::uint16_t problem(const asked& a, const error& e) const;

  admin_environment env_;
  admin_guard guard_;
  rate_limit refusals_;
  counters acts_, refused_;
};

}  // namespace freshet::api
