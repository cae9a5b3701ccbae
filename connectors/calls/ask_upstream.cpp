#include "connectors/calls/ask_upstream.hpp"

#include "connectors/calls/call_plan.hpp"

namespace freshet {

boost::asio::awaitable<result<upstream_answer>> ask_upstream(upstream* of,
                                                             upstream_request request) {
  if (request.call.empty()) co_return co_await of->fetch(std::move(request));
  auto plan = call_plan::parse(request.call);
  if (!plan) co_return plan.error();
  upstream_answer out;
  out.status = 200;
  out.content_type = "application/json";
  while (auto round = plan->next()) {
    if (round->gone) {
      out.status = 404;
      co_return out;
    }
    auto ask = request;
    ask.call.clear();
    const auto asked = round->calls.size();
    ask.calls = std::move(round->calls);
    auto answer = co_await of->fetch(std::move(ask));
    if (!answer || answer->status != 200) co_return answer;
    out.bytes_received += answer->bytes_received;
    if (answer->results.size() != asked)
      co_return fail(errc::malformed, std::string(of->name()) + ": another number of results");
    plan->take(std::move(answer->results));
  }
  out.body = plan->document();
  co_return out;
}

}  // namespace freshet
