#include "connectors/upstream/exec/exec_upstream.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "core/text/clipped.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

using descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

constexpr std::size_t told_max = 200;  // bytes of standard error in a message

}  // namespace

/// One program from its start to its end.
struct exec_upstream::run {
  run(asio::io_context::executor_type ex, child_process started, std::size_t most)
      : child(std::move(started)),
        out(ex, child.out.release()),
        err(ex, child.err.release()),
        ended(ex, child.ended.release()),
        output_max(most) {}

  child_process child;
  descriptor out, err, ended;  // gone before the child: nothing waits for it then
  std::size_t output_max;
  std::string output, errors;
  bool too_much = false;
  std::optional<exit_state> end;
};

namespace {

enum class stream_end : std::uint8_t { whole, too_much, cut };

/// All that comes, up to `most`; what is beyond is thrown away, and may `stop` who writes it.
asio::awaitable<stream_end> read_all(descriptor* from, std::string* into, std::size_t most,
                                     child_process* stop) {
  std::array<char, 16 * 1024> piece;
  auto how = stream_end::whole;
  for (;;) {
    auto [ec, n] = co_await from->async_read_some(asio::buffer(piece), use_result);
    if (ec == asio::error::operation_aborted) co_return stream_end::cut;
    if (ec) co_return how;  // its end: how the program ended says whether all is well
    const auto fits = std::min(n, most - into->size());
    into->append(piece.data(), fits);
    if (fits == n) continue;
    how = stream_end::too_much;
    if (stop != nullptr) stop->kill();
  }
}

asio::awaitable<bool> wait_for(descriptor* ended, child_process* child,
                               std::optional<exit_state>* end) {
  while (!*end) {
    auto [ec] = co_await ended->async_wait(descriptor::wait_read, use_result);
    if (ec) co_return false;
    child->kill();  // what it left behind would keep its output open
    *end = child->reap();
  }
  co_return true;
}

}  // namespace

exec_upstream::exec_upstream(asio::io_context::executor_type ex, std::string name, way how)
    : ex_(ex), name_(std::move(name)), how_(std::move(how)) {
  if (how_.directory.empty()) how_.directory = "/";
  const auto given = [&](std::string_view key) {
    return std::ranges::any_of(how_.environment,
                               [&](const auto& each) { return each.first == key; });
  };
  if (!given("PATH")) environment_.push_back("PATH=/usr/local/bin:/usr/bin:/bin");
  if (!given("LANG")) environment_.push_back("LANG=C.UTF-8");
  for (const auto& [key, value] : how_.environment) environment_.push_back(key + "=" + value);
}

error exec_upstream::describe(boost::system::error_code code, std::string what) const {
  return {code, name_ + ": " + std::move(what)};
}

asio::awaitable<result<void>> exec_upstream::to_the_end(run* of) {
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(ex_, read_all(&of->out, &of->output, of->output_max, &of->child),
                     asio::deferred),
      asio::co_spawn(ex_, read_all(&of->err, &of->errors, errors_max, nullptr), asio::deferred),
      asio::co_spawn(ex_, wait_for(&of->ended, &of->child, &of->end), asio::deferred));
  auto [order, out_failed, out_end, err_failed, err_end, wait_failed, reaped] =
      co_await std::move(group).async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const auto& failed : {out_failed, err_failed, wait_failed})
    if (failed) std::rethrow_exception(failed);
  if (!reaped || out_end == stream_end::cut || err_end == stream_end::cut)
    co_return fail(errc::timed_out);
  of->too_much = out_end == stream_end::too_much;
  co_return result<void>();
}

asio::awaitable<result<upstream_answer>> exec_upstream::fetch(upstream_request request) {
  upstream_answer nothing;
  nothing.status = 200;
  if (request.run.empty()) co_return nothing;  // asked whether it is there: programs are the pages'
  child_process::order what{std::move(request.run), environment_, how_.directory};
  for (const auto& word : what.words)
    if (word.find('\0') != std::string::npos)
      co_return describe(make_error_code(client_errc::protocol), "an argument with NUL");
  auto started = child_process::start(what);
  if (!started) {
    // Words that are too long are one page's fault: no reason to leave the program alone.
    const bool too_long = started.error().code == errc::out_of_range;
    co_return describe(too_long ? client_errc::protocol : client_errc::unreachable,
                       started.error().detail);
  }
  run mine(ex_, std::move(*started), std::min(how_.output_max, request.body_max));
  auto done = co_await with_timeout(to_the_end(&mine), how_.timeout);
  if (!done && !mine.end) {
    mine.child.kill();
    // Its end is near, and ours to wait for.
    while (!(mine.end = mine.child.reap())) {
      auto [ec] = co_await mine.ended.async_wait(descriptor::wait_read, use_result);
      if (ec) break;
    }
    co_return describe(client_errc::timed_out, what.words.front());
  }
  if (!done)
    co_return describe(client_errc::timed_out, what.words.front() + " left a program behind");
  co_return judge(mine);
}

result<upstream_answer> exec_upstream::judge(run& of) const {
  upstream_answer out;
  if (of.too_much)
    return describe(client_errc::too_large,
                    "more than " + std::to_string(of.output_max) + " bytes of output");
  const auto told =
      std::string(clipped(std::string_view(of.errors).substr(0, of.errors.find('\n')), told_max));
  if (!of.end || !of.end->exited)
    return describe(client_errc::fault, "ended by signal " +
                                            std::to_string(of.end ? of.end->code : 0) +
                                            (told.empty() ? "" : ": " + told));
  if (of.end->code != 0 && of.end->code != exit_gone)
    return describe(client_errc::fault, "exit code " + std::to_string(of.end->code) +
                                            (told.empty() ? "" : ": " + told));
  out.status = of.end->code == 0 ? 200 : 404;
  out.bytes_received = of.output.size();
  out.body = std::move(of.output);
  out.content_type = "application/json";
  return out;
}

}  // namespace freshet
