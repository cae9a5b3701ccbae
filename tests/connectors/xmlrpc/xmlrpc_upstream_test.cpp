#include "connectors/upstream/xmlrpc/xmlrpc_upstream.hpp"

#include <gmock/gmock.h>

#include "net/client/client_errc.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using testing::HasSubstr;

std::string http(const std::string& body, int status = 200) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string value(const std::string& inside) {
  return "<methodResponse><params><param><value>" + inside +
         "</value></param></params></methodResponse>";
}

constexpr const char* refused =
    "<value><struct><member><name>faultCode</name><value><int>5</int></value></member>"
    "<member><name>faultString</name><value>no</value></member></struct></value>";

class Rpc : public testing::Test {
 protected:
  using answers = std::vector<result<upstream_answer>>;
  answers ask(xmlrpc::dialect as, std::string bytes, std::vector<upstream_request> requests) {
    server_.emplace(ctx_, [bytes](const std::string&) { return test::reply{bytes}; });
    config::upstream_settings settings;
    settings.name = "hub";
    settings.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/kojihub";
    auto over = http_upstream::create(ctx_.get_executor(), settings, {}).value();
    xmlrpc_upstream::way how;
    how.speaks = as;
    up_ = std::make_unique<xmlrpc_upstream>(std::move(over), how);
    answers out;
    test::run(ctx_, run(std::move(requests), &out));
    return out;
  }
  asio::awaitable<void> run(std::vector<upstream_request> requests, answers* out) {
    if (requests.size() == 1)
      out->push_back(co_await up_->fetch(std::move(requests.front())));
    else
      *out = co_await up_->fetch_all(std::move(requests));
    co_await server_->close();
  }
  static upstream_request request(std::vector<remote_call> calls) {
    upstream_request out;
    out.calls = std::move(calls);
    return out;
  }
  asio::io_context ctx_{1};
  std::optional<test::raw_server> server_;
  std::unique_ptr<xmlrpc_upstream> up_;
};

TEST_F(Rpc, OneCallIsOneMethodCall) {
  const auto got = ask(xmlrpc::dialect::koji, http(value("<int>7</int>")),
                       {request({{"getPackageID", "[\"guake\"]"}})});
  ASSERT_TRUE(got[0]) << got[0].error().text();
  EXPECT_THAT(got[0]->results, testing::ElementsAre("7"));
  EXPECT_THAT(server_->requests[0], HasSubstr("POST /kojihub HTTP/1.1"));
  EXPECT_THAT(server_->requests[0], HasSubstr("Content-Type: text/xml"));
}

TEST_F(Rpc, RequestsShareACallAndEqualCallsAreAskedOnce) {
  const std::string two =
      value("<array><data><value><array><data><value><int>1</int></value></data></array></value>" +
            std::string(refused) + "</data></array>");
  const remote_call a{"a", "[]"}, b{"b", "[]"};
  const auto got =
      ask(xmlrpc::dialect::koji, http(two), {request({a}), request({b}), request({a, a})});
  ASSERT_EQ(got.size(), 3u);
  EXPECT_THAT(got[0]->results, testing::ElementsAre("1"));
  EXPECT_EQ(got[1].error().code, client_errc::fault);
  EXPECT_EQ(got[1].error().detail, "hub: b: fault 5: no");
  EXPECT_THAT(got[2]->results, testing::ElementsAre("1", "1"));
  EXPECT_EQ(server_->requests.size(), 1u);
}

TEST_F(Rpc, AMissingAnswerSpoilsTheCallForAll) {
  const auto got = ask(xmlrpc::dialect::koji, http(value("<array><data></data></array>")),
                       {request({{"a", "[]"}}), request({{"b", "[]"}})});
  for (const auto& each : got) EXPECT_EQ(each.error().code, errc::malformed);
  EXPECT_THAT(got[0].error().detail, HasSubstr("0 answers to 2 calls"));
}

TEST_F(Rpc, AnEndpointThatIsNotThereIsAnErrorAndNoEmptyPage) {
  const auto got = ask(xmlrpc::dialect::plain, http("x", 404), {request({{"a", "[]"}})});
  EXPECT_EQ(status_of(got[0].error().code), 404u);
  const auto html = ask(xmlrpc::dialect::plain, http("<html>"), {request({{"a", "[]"}})});
  EXPECT_EQ(html[0].error().code, errc::malformed);
}

}  // namespace
}  // namespace freshet
