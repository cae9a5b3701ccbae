#pragma once

#include "connectors/bus/bus.hpp"
#include "connectors/bus/webhook/hook_decoder.hpp"
#include "connectors/bus/webhook/hook_rate.hpp"
#include "core/config/settings.hpp"
#include "core/observe/log.hpp"
#include "net/http/answer/date_block.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/responder.hpp"

namespace freshet {

/// Answers the POSTs of a webhook.
///
/// Shape:    404 another path; 405 another method; 401 no secret fits; 429 too many at once;
///           415 another content type; 400 a body that is not JSON, or makes no topic; 202 once the
///           event's marks cannot be lost any more; 503 when that is not known within `patience`,
///           or while nothing is taken: the sender shall send again. 413 says the gate.
/// Errors:   a secret that cannot be read: 503, and a line in the log.
/// Lifetime: settings, block and the sinks outlive it.
/// Threads:  one loop.
class hook_responder final : public http::responder {
 public:
  static constexpr std::chrono::seconds patience{8};  // GitHub waits ten

  struct environment {
    const config::bus_settings& settings;
    const clock& time;
    http::date_block& block;
    event_sink on_event;
    drop_sink on_drop;
    durable_hook durable;
  };

  hook_responder(environment env, hook_decoder decoder);

  /// Everybody is told to send again, from now on.
  void hold() { held_ = true; }
  hook_decoder& decoder() { return decoder_; }

  void begin_turn() override;
  outcome answer(const http::request_head& head, const http::peer& from,
                 http::response_batch& out) override;
  http::asio::awaitable<after> answer_slowly(const http::request_head* head, http::connection* c,
                                             http::response_batch* out) override;

 private:
  enum class proof : std::uint8_t { fits, wrong, unknown };

  proof look_at_proof(const http::request_head& head);
  /// The problem to answer with; nothing when the event was taken.
  std::optional<http::problem> take(const http::request_head& head);
  std::optional<http::problem> decode(const http::request_head& head);
  http::problem refuse(std::string_view why, http::problem with);

  environment env_;
  hook_decoder decoder_;
  hook_rate rate_;
  std::string retry_after_;
  rate_limit complaints_;
  bool held_ = false;
};

}  // namespace freshet
