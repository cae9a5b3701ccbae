#include "connectors/calls/ask_upstream.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "connectors/calls/call_plan.hpp"

namespace freshet {
namespace {

/// A round as its upstream takes it: together, where calls may share one, else each by itself, with
/// a permit and a time limit of its own.
std::vector<upstream_request> requests_of(const upstream& of, upstream_request whole) {
  std::vector<upstream_request> all;
  if (whole.calls.size() == 1 || !of.group_of(whole).empty()) {
    all.push_back(std::move(whole));
    return all;
  }
  for (auto& call : std::exchange(whole.calls, {})) {
    all.push_back(whole);
    all.back().calls.push_back(std::move(call));
  }
  return all;
}

}  // namespace

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
    ask.calls = std::move(round->calls);
    std::vector<std::string> results;
    auto requests = requests_of(*of, std::move(ask));
    for (auto& each : requests) {
      const auto asked = each.calls.size();
      auto answer = co_await of->fetch(std::move(each));
      if (!answer || answer->status != 200) co_return answer;
      out.bytes_received += answer->bytes_received;
      if (answer->results.size() != asked)
        co_return fail(errc::malformed, std::string(of->name()) + ": another number of results");
      std::ranges::move(answer->results, std::back_inserter(results));
    }
    plan->take(std::move(results));
  }
  out.body = plan->document();
  co_return out;
}

}  // namespace freshet
