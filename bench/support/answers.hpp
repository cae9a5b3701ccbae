#pragma once

#include <string>
#include <string_view>

#include "net/api/public/fragment.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/answer/page_answer.hpp"

namespace freshet::bench {

inline constexpr std::string_view browser_head =
    "GET /packages/p0/builds.json HTTP/1.1\r\n"
    "Host: packages.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: application/json\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://packages.example.org/packages/p0\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Connection: keep-alive\r\n\r\n";

/// A published page, and one loop's buffers.
class one_page {
 public:
  explicit one_page(std::size_t body_bytes) {
    http::entry_source source;
    const std::string body(body_bytes, 'x');
    source.body = body;
    source.version = 7;
    auto content = http::build_entry(std::move(source));
    http::add_encoding(*content, http::coding::gzip);
    http::add_encoding(*content, http::coding::brotli);
    etag_ = '"' + std::string(content->etag.data(), content->etag.size()) + '"';
    shown_ = {"fresh, version=7", content};
    block_.set(wall_time{std::chrono::seconds(1763690400)}, 42);
  }

  /// REQUIRES: this outlives the head.
  http::request_head ask(bool unchanged) const {
    http::request_head head;
    head.target = "/packages/p0/builds.json";
    head.accept_encoding = "gzip, deflate, br";
    if (unchanged) head.if_none_match = etag_;
    return head;
  }
  http::page_text text() const {
    return {*shown_.content, "/packages/p0/builds.json", api::hit_lines(shown_.fragment)};
  }
  std::uint16_t answer(const http::request_head& head) {
    batch_.clear();
    const auto status = http::answer_page(head, text(), block_, batch_).status;
    bytes_ += batch_.buffers().size();
    return status;
  }
  const shown_page& published() const { return shown_; }
  const http::date_block& block() const { return block_; }
  http::response_batch& batch() { return batch_; }

 private:
  std::string etag_;
  shown_page shown_;
  http::date_block block_{"1763690400"};
  http::response_batch batch_;
  std::size_t bytes_ = 0;
};

}  // namespace freshet::bench
