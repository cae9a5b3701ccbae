#include "connectors/upstream/demo/demo_upstream.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cmath>

#include "net/client/client_errc.hpp"

namespace freshet {

namespace asio = boost::asio;

demo_upstream::demo_upstream(std::string name, std::shared_ptr<const demo_world> world,
                             std::chrono::nanoseconds latency, std::uint64_t seed)
    : name_(std::move(name)), world_(std::move(world)), latency_(latency), random_(seed) {}

asio::awaitable<result<upstream_answer>> demo_upstream::fetch(upstream_request request) {
  if (request.method != "GET") co_return error(status_error(405), name_ + " only answers GET");
  auto found = world_->document(request.target);
  if (latency_.count() > 0) {
    const auto factor = std::exp2(std::uniform_real_distribution<double>(-1, 1)(random_));
    const auto wait = std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(latency_.count()) * factor));
    asio::steady_timer timer(co_await asio::this_coro::executor, wait);
    co_await timer.async_wait(asio::deferred);
  }
  upstream_answer answer{found ? 200u : 404u, found ? std::move(*found) : "{}", "application/json",
                         0};
  answer.bytes_received = answer.body.size();
  if (answer.body.size() > request.body_max) co_return error(client_errc::too_large, name_);
  co_return answer;
}

}  // namespace freshet
