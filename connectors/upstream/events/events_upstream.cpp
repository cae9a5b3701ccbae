#include "connectors/upstream/events/events_upstream.hpp"

#include "connectors/upstream/own_query.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {

boost::asio::awaitable<result<upstream_answer>> events_upstream::fetch(upstream_request request) {
  if (!request.target.starts_with("/newest?"))
    co_return upstream_answer{404, "", "application/json"};
  auto of = query_value(request.target, "of");
  const auto rows = query_number(request.target, "rows");
  if (!rows) co_return error(status_error(400), name_ + ": how many events?");
  upstream_answer answer{200, "[]", "application/json"};
  if (of && feed_ != nullptr) {
    auto newest = feed_->newest(name_, std::move(*of), *rows, request.body_max);
    auto got = co_await std::move(newest);
    if (!got) co_return error(got.error().code, name_ + ": " + got.error().detail);
    answer.body = std::move(*got);
  }
  answer.bytes_received = answer.body.size();
  co_return answer;
}

}  // namespace freshet
