#include "connectors/upstream/search/search_upstream.hpp"

#include "connectors/upstream/own_query.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {

boost::asio::awaitable<result<upstream_answer>> search_upstream::fetch(upstream_request request) {
  if (!request.target.starts_with("/search?") || index_ == nullptr)
    co_return upstream_answer{404, "", "application/json"};
  auto asked = search_question::of(query_value(request.target, "q").value_or(""));
  const auto rows = query_number(request.target, "rows");
  const auto page = query_number(request.target, "page");
  if (!rows || *rows == 0 || *rows > rows_max || !page || *page == 0 || *page > 1'000'000)
    co_return error(status_error(400), name_ + ": expected rows from 1 to 1000, and a page from 1");
  asked.rows = *rows;
  asked.page = *page;
  auto finding = index_->find(name_, std::move(asked));
  auto got = co_await std::move(finding);
  if (!got) co_return error(got.error().code, name_ + ": " + got.error().detail);
  upstream_answer answer{200, std::move(*got), "application/json"};
  answer.bytes_received = answer.body.size();
  if (answer.body.size() > request.body_max) co_return error(client_errc::too_large, name_);
  co_return answer;
}

}  // namespace freshet
