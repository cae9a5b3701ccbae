#pragma once

#include <zlib.h>

#include "connectors/upstream/http/http_upstream.hpp"
#include "core/url/url_template.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {

using then = test::reply::then;
using namespace std::chrono_literals;

inline std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string ok(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
         "\r\n" + body;
}

class upstream_fixture : public ::testing::Test {
 protected:
  result<upstream_answer> ask(test::raw_server::script script,
                              upstream_request request = target()) {
    server_.emplace(ctx_, std::move(script));
    config::upstream_settings settings;
    settings.name = "up";
    settings.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/base/";
    settings.limits.timeout = 150ms;
    settings.limits.body = 300'000;
    upstream_ = http_upstream::create(ctx_.get_executor(), settings, {{"X-Key", "k"}}).value();
    std::vector<upstream_request> all(calls_, request);
    test::run(ctx_, fetch_all(std::move(all)));
    return *answer_;
  }
  result<upstream_answer> ask(std::string bytes, then after = then::keep) {
    return ask([bytes, after](const std::string&) { return test::reply{bytes, after}; });
  }
  boost::system::error_code code(std::string bytes, then after = then::keep) {
    const auto got = ask(std::move(bytes), after);
    return got ? boost::system::error_code() : got.error().code;
  }
  static upstream_request target() {
    upstream_request request;
    request.target = "/doc?token=secret";
    return request;
  }

  asio::awaitable<void> fetch_all(std::vector<upstream_request> all) {
    for (const auto& request : all) answer_ = co_await upstream_->fetch(request);
    co_await server_->close();
  }

  asio::io_context ctx_{1};
  std::optional<test::raw_server> server_;
  std::unique_ptr<http_upstream> upstream_;
  std::optional<result<upstream_answer>> answer_;
  std::size_t calls_ = 1;
};

}  // namespace freshet
