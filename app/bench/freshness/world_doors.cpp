#include "app/bench/freshness/world_doors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <charconv>

#include "core/async/tokens.hpp"
#include "net/client/client_errc.hpp"

namespace freshet::app {
namespace {

constexpr std::string_view member = "\"edition\":";

/// A call that is under way. The caller's: he may be gone when it is answered.
struct call {
  explicit call(asio::io_context& loop) : ended(loop, mono_time::max()) {}
  std::optional<world::answer> said;
  asio::steady_timer ended;
};

}  // namespace

std::string document_of(std::size_t page, edition shows) {
  return fmt::format("{{\"package\":\"{}\",{}{}}}", world::package_of(page), member, shows);
}

std::optional<edition> edition_in(std::string_view document) {
  const auto at = document.find(member);
  if (at == std::string_view::npos) return std::nullopt;
  edition out = 0;
  const auto* const first = document.data() + at + member.size();
  if (std::from_chars(first, document.data() + document.size(), out).ec != std::errc{})
    return std::nullopt;
  return out;
}

std::size_t world_bus::rebuild(mono_time) {
  world_.reconnect();
  return world_.connected() ? 1 : 0;
}

asio::awaitable<result<history_page>> world_history::ask(history_question question) {
  const auto known = world_.history(question.from, question.to);
  if (!known) co_return error(status_error(503));
  const auto& all = *known;
  const auto first = std::min<std::size_t>((question.page - 1) * question.rows, all.size());
  const auto last = std::min<std::size_t>(first + question.rows, all.size());
  std::string text = fmt::format("{{\"pages\":{},\"raw_messages\":[",
                                 (all.size() + question.rows - 1) / question.rows);
  for (auto i = first; i < last; ++i) {
    if (i > first) text += ',';
    text += all[i]->text;
  }
  co_return history_page::parse(text + "]}");
}

asio::awaitable<result<upstream_answer>> world_upstream::fetch(upstream_request request) {
  // The target is "/p<package>".
  std::size_t package = 0;
  const auto& target = request.target;
  std::from_chars(target.data() + std::min<std::size_t>(2, target.size()),
                  target.data() + target.size(), package);
  const auto page = package * world::kinds.size() + kind_;
  const auto mine = std::make_shared<call>(loop_);
  world_.call(page, [waits = std::weak_ptr<call>(mine)](world::answer said) {
    const auto who = waits.lock();
    if (!who) return;
    who->said = said;
    who->ended.cancel();
  });
  while (!mine->said) co_await mine->ended.async_wait(use_result);
  if (mine->said->why == world::failure::timed_out) co_return error(client_errc::timed_out);
  if (!mine->said->shows) co_return error(status_error(503));
  auto body = document_of(page, *mine->said->shows);
  const auto bytes = body.size();
  co_return upstream_answer{200, std::move(body), "application/json", bytes};
}

}  // namespace freshet::app
