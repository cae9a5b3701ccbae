#include "net/http/head/scanner.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "net/http/head/gate.hpp"

namespace freshet::http {
namespace {

const head_limits limits;

request_head taken(std::string_view bytes) {
  request_head head;
  EXPECT_EQ(scan(bytes, 0, limits, head), scanned::taken) << bytes;
  return head;
}

scanned verdict(std::string_view bytes) {
  request_head head;
  return scan(bytes, 0, limits, head);
}

TEST(Scanner, TakesWhatABrowserSends) {
  const std::string bytes =
      "GET /packages/guake.json?x=1 HTTP/1.1\r\nHost: example.org:8080\r\n"
      "User-Agent: Mozilla/5.0 (X11)\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\n"
      "If-None-Match: \"abc\"\r\nConnection: keep-alive\r\n\r\nGET /next";
  const auto head = taken(bytes);
  EXPECT_EQ(head.target, "/packages/guake.json?x=1");
  EXPECT_EQ(head.host, "example.org:8080");
  EXPECT_EQ(head.accept_encoding, "gzip, br");
  EXPECT_EQ(head.if_none_match, "\"abc\"");
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.bytes, bytes.size() - 9);
}

TEST(Scanner, LeavesEverythingElseToTheGate) {
  const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(verdict(get), scanned::need_more);
  EXPECT_EQ(verdict(get + "Content-Length: 0\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict(get + "Host: h\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict(get + "X-Odd: 1\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict(get + "Accept: a\r\n b\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict(get + "Connection: upgrade\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict("GET /a HTTP/1.0\r\nHost: h\r\n\r\n"), scanned::not_mine);
  EXPECT_EQ(verdict("GET /a HTTP/1.1\r\n\r\n"), scanned::not_mine);
}

/// Builds heads near the border of the good ones, then spoils some bytes.
class mutator {
 public:
  explicit mutator(std::uint32_t seed) : random_(seed) {}

  std::string next() {
    static const std::array lines{"Host: h",
                                  "Host: example.org:80",
                                  "host:h",
                                  "Accept: */*",
                                  "Accept-Encoding: br",
                                  "If-None-Match: \"a\"",
                                  "Cookie: a=b",
                                  "Connection: close",
                                  "Connection: keep-alive",
                                  "Last-Event-ID: e-1",
                                  "Authorization: Bearer x",
                                  "Content-Length: 0",
                                  "X-Forwarded-For: 1.2.3.4",
                                  "Origin: https://a",
                                  "Via: 1.1 x",
                                  "Expect: 100-continue",
                                  "Accept:",
                                  "If-None-Match:"};
    static const std::array starts{"GET /a HTTP/1.1", "GET /a?b=%20c HTTP/1.1", "GET / HTTP/1.1",
                                   "HEAD / HTTP/1.1", "GET /a HTTP/1.0"};
    std::string out = pick(starts);
    out += "\r\nHost: h\r\n";
    for (auto n = below(6); n > 0; --n) out += std::string(pick(lines)) + "\r\n";
    out += "\r\n";
    for (auto n = below(3); n > 0; --n) spoil(out);
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  template <class List>
  const char* pick(const List& list) {
    return list[below(list.size())];
  }

  void spoil(std::string& text) {
    using namespace std::string_view_literals;
    static constexpr auto odd = "\r\n\t :,_#@\0\x7f\x80\"%aA0"sv;
    const auto at = below(text.size());
    switch (below(3)) {
      case 0:
        text[at] = odd[below(odd.size())];
        break;
      case 1:
        text.insert(at, 1, odd[below(odd.size())]);
        break;
      default:
        text.erase(at, 1);
    }
    if (text.empty()) text = "x";
  }

  std::mt19937 random_;
};

TEST(Scanner, WhatItTakesTheGateTakesWithTheSameFields) {
  const gate judge(limits);
  mutator heads(20260101);
  int agreed = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto bytes = heads.next();
    request_head fast;
    if (scan(bytes, 0, limits, fast) != scanned::taken) continue;
    const auto slow = judge.judge(bytes);
    ASSERT_TRUE(std::holds_alternative<request_head>(slow))
        << std::get<refusal>(slow).reason << "\n"
        << bytes;
    ASSERT_TRUE(std::get<request_head>(slow) == fast) << bytes;
    ++agreed;
  }
  EXPECT_GT(agreed, 5'000) << "the generator makes too few heads that the scanner takes";
}

TEST(Scanner, AHeadGrowingByteByByteIsTakenAtItsLastByte) {
  const std::string bytes = "GET /a HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
  request_head head;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(scan(std::string_view(bytes).substr(0, n), n ? n - 1 : 0, limits, head),
              scanned::need_more);
  }
  EXPECT_EQ(scan(bytes, bytes.size() - 1, limits, head), scanned::taken);
}

}  // namespace
}  // namespace freshet::http
