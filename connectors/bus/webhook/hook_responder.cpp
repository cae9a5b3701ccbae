#include "connectors/bus/webhook/hook_responder.hpp"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>

#include "connectors/bus/webhook/signature.hpp"
#include "core/async/tokens.hpp"
#include "core/config/load.hpp"
#include "core/config/webhook_settings.hpp"
#include "net/http/head/characters.hpp"

namespace freshet {
namespace {

using http::problem;

constexpr std::string_view send_again = "Retry-After: 5\r\n";
constexpr std::string_view allow = "Allow: OPTIONS, POST\r\n";

bool is_json(std::string_view content_type) {
  const auto type = http::trim(content_type.substr(0, content_type.find(';')));
  if (http::equals_ignoring_case(type, "application/json")) return true;
  constexpr std::string_view suffix = "+json";
  return type.size() > suffix.size() &&
         http::equals_ignoring_case(type.substr(type.size() - suffix.size()), suffix);
}

/// Until `known` cancels the timer.
struct promise {
  promise(const asio::any_io_executor& ex, std::chrono::nanoseconds patience) : timer(ex) {
    timer.expires_after(patience);
  }
  asio::steady_timer timer;
  bool kept = false;
};

}  // namespace

hook_responder::hook_responder(environment env, hook_decoder decoder)
    : env_(std::move(env)),
      decoder_(std::move(decoder)),
      rate_(env_.settings.webhook->rate, env_.time.now()) {}

void hook_responder::begin_turn() { env_.block.set(env_.time.wall_now(), 0); }

http::responder::outcome hook_responder::answer(const http::request_head& head, const http::peer&,
                                                http::response_batch& out) {
  const auto path = head.target.substr(0, head.target.find('?'));
  const auto how = http::framing_of(head);
  if (path != env_.settings.webhook->path) {
    http::answer_problem(how, {404, "no such path", "", ""}, env_.block.date(), out);
  } else if (head.method == http::method::options) {
    http::answer_text(how, 204, "", "", allow, env_.block.date(), out);
  } else if (head.method != http::method::post) {
    http::answer_problem(how, {405, "events are posted here", "", allow}, env_.block.date(), out);
  } else {
    return outcome::wait;
  }
  return outcome::done;
}

hook_responder::proof hook_responder::look_at_proof(const http::request_head& head) {
  const auto& of = *env_.settings.webhook;
  const bool bearer = of.check == "bearer";
  const auto told = bearer ? head.authorization : head.single(of.header).value_or("");
  bool unknown = false;
  for (const auto& each : of.secrets) {
    // Read each time: whoever changes the file changes the secret.
    const auto secret = config::reveal(each);
    if (!secret || secret->empty()) {
      std::uint64_t held_back = 0;
      if (complaints_.allow(env_.time.now(), held_back))
        logger().warn("bus {}: a secret cannot be read: {}", env_.settings.name,
                      secret ? "it is empty" : secret.error().text());
      unknown = true;
    } else if (bearer ? bears(*secret, told) : signed_with(*secret, head.body, told)) {
      return proof::fits;
    }
  }
  return unknown ? proof::unknown : proof::wrong;
}

/// Whoever has no secret must not fill the locker.
problem hook_responder::refuse(std::string_view why, problem with) {
  refused_message message(why);
  message.keep = false;
  env_.on_drop(message);
  return with;
}

std::optional<problem> hook_responder::take(const http::request_head& head) {
  if (held_) return problem{503, "the configuration changes", "send it again", send_again};
  switch (look_at_proof(head)) {
    case proof::fits:
      break;
    case proof::unknown:
      return problem{503, "a secret cannot be read", "the server's log says why", send_again};
    case proof::wrong:
      return refuse("signature", {401, "no secret fits", "", ""});
  }
  if (!rate_.take(env_.time.now())) {
    retry_after_ = fmt::format("Retry-After: {}\r\n", rate_.wait().count());
    return refuse("rate", {429, "too many events at once", "", retry_after_});
  }
  if (!is_json(head.content_type))
    return refuse("content_type", {415, "a JSON body is expected", "Content-Type: application/json",
                                   "Accept-Post: application/json\r\n"});
  return decode(head);
}

std::optional<problem> hook_responder::decode(const http::request_head& head) {
  const auto message = decoder_.decode(head.fields, head.body, env_.time.wall_now());
  if (message) {
    env_.on_event(message.value);
    return {};
  }
  env_.on_drop({message.drop, {}, decoder_.envelope()});
  if (message.drop == "bad_topic")
    return problem{400, "the message makes no topic", env_.settings.webhook->topic, ""};
  return problem{400, "the body is not JSON", "", ""};
}

http::asio::awaitable<http::responder::after> hook_responder::answer_slowly(
    const http::request_head* head, http::connection*, http::response_batch* out) {
  const auto how = http::framing_of(*head);
  auto no = take(*head);
  if (!no && env_.durable) {
    const auto ex = co_await asio::this_coro::executor;
    auto waits = std::make_shared<promise>(ex, patience);
    env_.durable([waits] {
      waits->kept = true;
      waits->timer.cancel();
    });
    if (!waits->kept) co_await waits->timer.async_wait(use_result);
    if (!waits->kept)
      no = problem{503, "the event is not on the disk yet", "send it again", send_again};
  }
  begin_turn();
  if (no) {
    http::answer_problem(how, *no, env_.block.date(), *out);
  } else {
    http::answer_text(how, 202, "application/json", R"({"accepted":true})", "", env_.block.date(),
                      *out);
  }
  co_return after::answered;
}

}  // namespace freshet
