#include "connectors/catchup/history_source.hpp"

#include <fmt/format.h>

#include "connectors/upstream/http/http_upstream.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;

constexpr std::size_t answer_bytes_max = 8u << 20;
constexpr std::chrono::seconds answer_time_max{30};

/// Seconds with milliseconds. Outwards, so that a rounded edge leaves nothing out.
std::string seconds_of(wall_time at, bool up) {
  using std::chrono::milliseconds;
  const auto since = at.time_since_epoch();
  const auto ms =
      (up ? std::chrono::ceil<milliseconds>(since) : std::chrono::floor<milliseconds>(since))
          .count();
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

class datagrepper final : public history_source {
 public:
  datagrepper(std::unique_ptr<http_upstream> client, bool rooted)
      : client_(std::move(client)), rooted_(rooted) {}

  asio::awaitable<result<history_page>> ask(history_question question) override {
    upstream_request request;
    request.target = (rooted_ ? "/" : "") + datagrepper_query(question);
    request.headers = {{"Accept", "application/json"}};  // else it answers a browser's page
    request.body_max = answer_bytes_max;
    auto got = co_await client_->fetch(std::move(request));
    if (!got) co_return got.error();
    if (got->status != 200)
      co_return error(status_error(got->status), "the history has no such address");
    co_return history_page::parse(std::move(got->body));
  }

 private:
  std::unique_ptr<http_upstream> client_;
  bool rooted_;  // the URL has no path of its own
};

}  // namespace

std::string datagrepper_query(const history_question& question) {
  return fmt::format("?start={}&end={}&page={}&rows_per_page={}&order=asc",
                     seconds_of(question.from, false), seconds_of(question.to, true), question.page,
                     question.rows);
}

result<std::unique_ptr<history_source>> make_datagrepper(
    asio::io_context::executor_type ex, const std::string& bus,
    const config::catch_up_settings& settings,
    std::vector<std::pair<std::string, std::string>> headers) {
  config::upstream_settings as;
  as.name = "bus." + bus + ".catch_up";
  as.url = settings.url;
  as.headers = settings.headers;
  as.tls = settings.tls;
  as.limits.timeout = answer_time_max;
  as.limits.concurrency = 1;
  as.limits.body = answer_bytes_max;
  as.redirects = 2;
  auto client = http_upstream::create(ex, as, std::move(headers));
  if (!client) return client.error();
  const auto host = settings.url.find("://");
  const bool rooted =
      host == std::string::npos || settings.url.find('/', host + 3) == std::string::npos;
  return std::unique_ptr<history_source>(std::make_unique<datagrepper>(std::move(*client), rooted));
}

}  // namespace freshet
