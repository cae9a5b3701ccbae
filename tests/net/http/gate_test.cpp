#include "net/http/head/gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet::http {
namespace {

const gate open_gate({});
const gate admin_gate({}, gate::mode::admin);

/// 200 = taken; 0 = wants more bytes. As the session asks: first as a growing head, then whole.
int status_of(const gate& g, std::string_view bytes) {
  if (gate::complete(bytes, 0) == 0) {
    const auto no = g.judge_partial(bytes, 0);
    return no ? no->status : 0;
  }
  const auto got = g.judge(bytes);
  return std::holds_alternative<refusal>(got) ? std::get<refusal>(got).status : 200;
}

struct sample {
  std::string bytes;
  int status;
};

std::string get(std::string_view fields) {
  return "GET /a HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

std::vector<sample> smuggling() {
  using namespace std::string_literals;
  return {
      {get(""), 200},
      {"\r\n" + get(""), 200},
      {"\r\n\r\n" + get(""), 400},
      {"GET /a HTTP/1.1\r\n\r\n", 400},
      {get("Host: h\r\n"), 400},
      {"GET /a HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: user@h\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: h:80\r\n\r\n", 200},
      {"GET /a HTTP/1.1\r\nHost: h:8x\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
      {"GET /a HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {get("X: a\r\n b\r\n"), 400},
      {get("X: a\r\n\tb\r\n"), 400},
      {"GET /a HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {get("Transfer-Encoding: chunked\r\n"), 501},
      {get("Transfer-Encoding: identity\r\n"), 501},
      {get("transfer-encoding:\r\n"), 501},
      {get("Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n"), 501},
      {get("Transfer-Encoding : chunked\r\n"), 400},
      {get("Transfer_Encoding: chunked\r\n"), 400},
      {get("Content_Length: 3\r\n"), 400},
      {get("Content-Length: 0\r\n"), 200},
      {get("Content-Length: 3\r\n"), 413},
      {get("Content-Length: +3\r\n"), 400},
      {get("Content-Length: 3, 3\r\n"), 400},
      {get("Content-Length: 0x1\r\n"), 400},
      {get("Content-Length:\r\n"), 400},
      {get("Content-Length: 99999999999999999999999\r\n"), 400},
      {get("Content-Length: 0\r\nContent-Length: 0\r\n"), 400},
      {"GET /a HTTP/1.1\nHost: h\n\n", 400},
      {"GET /a HTTP/1.1\r\nHost: h\n\r\n\r\n", 400},
      {get("X: a\rb\r\n"), 400},
      {get("X: a\0b\r\n"s), 400},
      {get("X: a\x01"s + "b\r\n"), 400},
      {get("X: a\x7f\r\n"), 400},
      {get("X: gr\xc3\xbc\xc3\x9f\r\n"), 200},
      {get("X y: 1\r\n"), 400},
      {get(": 1\r\n"), 400},
      {get("no colon\r\n"), 400},
      {"GET  /a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET\t/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a\r\nHost: h\r\n\r\n", 400},
      {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\xc3\xbc HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"GET /a http/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET /a HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"GET /a HTTP/1.0\r\n\r\n", 200},
      {"GET /a HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", 400},
      {"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", 405},
      {"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"BREW /a HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"get /a HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"G(T /a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"GET http://H HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"GET http://other/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET http://h@other/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {get("Expect: 100-continue\r\n"), 200},
      {get("Expect: tea\r\n"), 417},
      {get("Upgrade: h2c\r\nConnection: Upgrade\r\n"), 200},
      {get("If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n"), 400},
      {get("Authorization:\r\nAuthorization: x\r\n"), 400},
      {get("Last-Event-ID: 1\r\nlast-event-id: 1\r\n"), 400},
      {"GET /" + std::string(8191, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"GET /" + std::string(9000, 'a'), 414},
      {get("X: " + std::string(9000, 'a') + "\r\n"), 431},
      {get("X: " + std::string(8000, 'a') + "\r\nY: " + std::string(8100, 'a') +
           "\r\nZ: " + std::string(300, 'a') + "\r\n"),
       431},
      {"GET /a HTTP/1.1\r\nX: " + std::string(16400, 'a'), 431},
      {"GET /a\nHost: h", 400},
      {"GET /a HTTP/1.1\rHost", 400},
      {"GET /a HTTP/3.0\r\n", 505},
      {"\r\n", 0},
      {"GET /a HTTP/1.1\r\nHost: h\r\n", 0},
  };
}

TEST(Gate, EachHostileHeadGetsItsStatus) {
  for (const auto& s : smuggling()) {
    EXPECT_EQ(status_of(open_gate, s.bytes), s.status) << s.bytes.substr(0, 120);
  }
}

TEST(Gate, NoPrefixOfAGoodHeadIsRefused) {
  for (const auto& s : smuggling()) {
    if (s.status != 200) continue;
    for (std::size_t n = 0; n < s.bytes.size(); n += s.bytes.size() > 400 ? 97 : 1) {
      const auto no = open_gate.judge_partial(std::string_view(s.bytes).substr(0, n), 0);
      EXPECT_FALSE(no) << no->reason << " after " << n << " of " << s.bytes.substr(0, 80);
    }
  }
}

TEST(Gate, FieldsAreCounted) {
  std::string fields;
  for (int i = 0; i < 63; ++i) fields += "X: 1\r\n";
  EXPECT_EQ(status_of(open_gate, get(fields)), 200);
  EXPECT_EQ(status_of(open_gate, get(fields + "X: 1\r\n")), 431);
}

TEST(Gate, AllowNamesTheMethodsOfTheListener) {
  const auto got = open_gate.judge("PUT /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(std::get<refusal>(got).allow);
  EXPECT_EQ(open_gate.allowed(), "GET, HEAD, OPTIONS");
  EXPECT_EQ(admin_gate.allowed(), "GET, HEAD, OPTIONS, POST");
}

TEST(Gate, TheAdminListenerTakesABodyUpToItsBound) {
  const auto post = [](std::string_view length) {
    return "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::string(length) + "\r\n\r\n";
  };
  const auto taken = admin_gate.judge(post("1048576"));
  EXPECT_EQ(std::get<request_head>(taken).content_length, 1u << 20);
  EXPECT_EQ(status_of(admin_gate, post("1048577")), 413);
  EXPECT_EQ(status_of(admin_gate, post("-1")), 400);
  EXPECT_EQ(
      status_of(admin_gate, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
      501);
}

TEST(Gate, ConnectionAndVersionDecideWhetherTheSocketStays) {
  const auto stays = [](std::string_view bytes) {
    const auto got = open_gate.judge(bytes);
    return std::get<request_head>(got).keep_alive;
  };
  EXPECT_TRUE(stays(get("")));
  EXPECT_FALSE(stays(get("Connection: Upgrade, Close\r\n")));
  EXPECT_FALSE(stays("GET /a HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(stays("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(Gate, AFieldByNameIsOnlyBelievedWhenItIsSingle) {
  const auto bytes = get("X-Auth-User:  ada \r\nX-Two: 1\r\nx-two: 2\r\n");
  const auto got = open_gate.judge(bytes);
  const auto& head = std::get<request_head>(got);
  EXPECT_EQ(head.single("x-auth-user"), "ada");
  EXPECT_FALSE(head.single("X-Two").has_value());
  EXPECT_FALSE(head.single("X-None").has_value());
}

TEST(Gate, AbsoluteFormIsCutToItsPath) {
  const std::string bytes = "GET http://h:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n";
  const auto got = open_gate.judge(bytes);
  EXPECT_EQ(std::get<request_head>(got).target, "/a?b");
}

}  // namespace
}  // namespace freshet::http
