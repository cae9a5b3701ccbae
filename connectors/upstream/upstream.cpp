#include "connectors/upstream/upstream.hpp"

namespace freshet {

std::string upstream::group_of(const upstream_request&) const { return {}; }

boost::asio::awaitable<std::vector<result<upstream_answer>>> upstream::fetch_all(
    std::vector<upstream_request> requests) {
  std::vector<result<upstream_answer>> answers;
  for (auto& request : requests) answers.push_back(co_await fetch(std::move(request)));
  co_return answers;
}

}  // namespace freshet
