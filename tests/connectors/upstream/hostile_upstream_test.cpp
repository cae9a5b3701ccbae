#include "tests/connectors/upstream/upstream_fixture.hpp"

namespace freshet {
namespace {

class HostileUpstream : public upstream_fixture {};

TEST_F(HostileUpstream, AGoodAnswerIsTakenAndTheConnectionKept) {
  calls_ = 3;
  const auto got = ask(ok("{}", "Content-Type: application/json\r\n"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{}");
  EXPECT_EQ(got->content_type, "application/json");
  EXPECT_EQ(server_->connections, 1u);
  EXPECT_TRUE(server_->requests[0].starts_with("GET /base/doc?token=secret HTTP/1.1\r\n"));
  EXPECT_NE(server_->requests[0].find("X-Key: k"), std::string::npos);
}

TEST_F(HostileUpstream, AConnectionThatDiedWhileKeptIsReplacedOnce) {
  calls_ = 2;
  int asked = 0;
  const auto got = ask([&asked](const std::string&) {
    return ++asked == 2 ? test::reply{"", then::close} : test::reply{ok("{}"), then::keep};
  });
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(server_->connections, 2u);
}

TEST_F(HostileUpstream, ALineBreakInAHeaderIsNeverSent) {
  auto request = target();
  request.headers = {{"X-User", "a\r\nX-Evil: b"}};
  const auto got =
      ask([](const std::string&) { return test::reply{ok("{}"), then::keep}; }, request);
  EXPECT_FALSE(got);
  EXPECT_TRUE(server_->requests.empty());
}

TEST_F(HostileUpstream, GzipIsInflated) {
  const auto got = ask(ok(gzip("{\"a\":1}"), "Content-Encoding: gzip\r\n"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{\"a\":1}");
}

TEST_F(HostileUpstream, ChunkedIsRead) {
  const auto got =
      ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\n\r\n");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{}");
}

TEST_F(HostileUpstream, ResetGarbageAndEarlyEndsAreErrors) {
  EXPECT_EQ(code("", then::reset), client_errc::unreachable);
  EXPECT_EQ(code("", then::close), client_errc::unreachable);
  EXPECT_EQ(code("\x16\x03 what is this\r\n\r\n", then::close), client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", then::close),
            client_errc::unreachable);
}

TEST_F(HostileUpstream, HangingAndDrippingEndAtTheTimeLimit) {
  EXPECT_EQ(code("", then::hang), client_errc::timed_out);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", then::hang),
            client_errc::timed_out);
}

TEST_F(HostileUpstream, LengthsThatDisagreeAreErrors) {
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more"), client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
            client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}"), client_errc::protocol);
  EXPECT_EQ(
      code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
            client_errc::protocol);
}

TEST_F(HostileUpstream, EndlessHeadsBodiesAndExtensionsAreCut) {
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x'), then::hang),
            client_errc::too_large);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\n\r\n" + std::string(400'000, 'x'), then::hang),
            client_errc::too_large);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + std::string(400'000, 'x')),
            client_errc::too_large);
  std::string flood = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 1000; ++i) flood += "1;" + std::string(100, 'e') + "\r\nx\r\n";
  EXPECT_EQ(code(flood, then::hang), client_errc::too_large);
  EXPECT_EQ(
      code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(50'000, 'e'),
           then::hang),
      client_errc::too_large);
}

TEST_F(HostileUpstream, GzipBombsAndOtherCodingsAreErrors) {
  const auto coded = [](const std::string& body, const std::string& coding) {
    return ok(body, "Content-Encoding: " + coding + "\r\n");
  };
  EXPECT_EQ(code(coded(gzip(std::string(10'000'000, ' ')), "gzip")), client_errc::encoding);
  std::string dull;
  for (int i = 0; dull.size() < 400'000; ++i) dull += std::to_string(i);
  EXPECT_EQ(code(coded(gzip(dull), "gzip")), client_errc::too_large);
  EXPECT_EQ(code(coded("not gzip at all, not at all", "gzip")), client_errc::encoding);
  EXPECT_EQ(code(coded(gzip("{}").substr(0, 15), "gzip")), client_errc::encoding);
  EXPECT_EQ(code(coded("{}", "br")), client_errc::encoding);
  EXPECT_EQ(code(coded("{}", "gzip, gzip")), client_errc::encoding);
}

TEST_F(HostileUpstream, StatusesAreKeptWithRetryAfter) {
  const auto got = ask("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  ASSERT_FALSE(got);
  EXPECT_EQ(status_of(got.error().code), 503u);
  EXPECT_EQ(retry_after_of(got.error().code), 7s);
  EXPECT_EQ(got.error().text().find("secret"), std::string::npos);
  EXPECT_EQ(status_of(code("HTTP/1.1 204 None\r\n\r\n")), 204u);
  EXPECT_EQ(status_of(code("HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\n{}")), 206u);
  EXPECT_EQ(status_of(code("HTTP/1.1 304 Same\r\n\r\n")), 304u);
  EXPECT_EQ(ask("HTTP/1.1 404 Gone\r\nContent-Length: 2\r\n\r\n{}")->status, 404u);
}

TEST_F(HostileUpstream, RedirectsStayAtTheOriginAndWithinTheirNumber) {
  const auto to = [](std::string where) {
    return [where](const std::string& head) {
      return head.starts_with("GET /end") ? test::reply{ok("{}"), then::keep}
                                          : test::reply{"HTTP/1.1 302 Go\r\nLocation: " + where +
                                                            "\r\nContent-Length: 0\r\n\r\n",
                                                        then::keep};
    };
  };
  EXPECT_EQ(status_of(ask(to("/end")).error().code), 302u);
  auto request = target();
  request.redirects = 2;
  EXPECT_TRUE(ask(to("/end"), request));
  EXPECT_TRUE(ask(to("/end#part"), request));
  EXPECT_TRUE(ask(to("../end?x=1"), request)) << "relative to /base/doc, which was asked for";
  const auto got = ask(to("./../x/../end"), request);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->at, "/end");
  EXPECT_EQ(status_of(ask(to("http://127.0.0.1:1/end"), request).error().code), 302u);
  EXPECT_EQ(status_of(ask(to("//elsewhere/end"), request).error().code), 302u);
  EXPECT_EQ(status_of(ask(to("/again"), request).error().code), 302u);
  EXPECT_EQ(server_->requests.size(), 3u);
}

struct bad_answer {
  const char* name;
  std::string bytes;
  then after;
  client_errc code;
};

std::string head(const std::string& fields) { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n"; }

std::string spoilt_gzip() {
  auto bytes = gzip("{\"v\":1}");
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 0xff);
  return bytes;
}

std::vector<bad_answer> bad_answers() {
  using e = client_errc;
  using std::string;
  const string gz = "Content-Encoding: gzip\r\n";
  string small_fields;
  for (int i = 0; i < 5000; ++i) small_fields += "A: b\r\n";
  return {
      {"status line, then silence", "HTTP/1.1 200 OK\r\n", then::hang, e::timed_out},
      {"head byte by byte", "HTTP/1.1 200 OK\r\nX: " + string(9000, 'x'), then::drip, e::timed_out},
      {"body byte by byte", head("Content-Length: 1000\r\n") + string(1000, ' '), then::drip,
       e::timed_out},
      {"chunks byte by byte", head("Transfer-Encoding: chunked\r\n") + string(1000, '0'),
       then::drip, e::timed_out},
      {"cut body", head("Content-Length: 100\r\n") + "{}", then::close, e::unreachable},
      {"reset in the body", head("Content-Length: 100\r\n") + "{}", then::reset, e::unreachable},
      {"chunks without the last", head("Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n",
       then::close, e::unreachable},
      {"endless body", head("") + string(4000, ' '), then::repeat, e::too_large},
      {"endless chunks", head("Transfer-Encoding: chunked\r\n") + string(200, '0'), then::repeat,
       e::protocol},
      {"many small fields", "HTTP/1.1 200 OK\r\n" + small_fields, then::hang, e::too_large},
      {"endless trailers",
       head("Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n" + small_fields, then::hang,
       e::too_large},
      {"huge length", head("Content-Length: 99999999999999999999\r\n") + "{}", then::close,
       e::protocol},
      {"negative length", head("Content-Length: -2\r\n") + "{}", then::close, e::protocol},
      {"chunk size beyond 64 bits",
       head("Transfer-Encoding: chunked\r\n") + "fffffffffffffffff\r\n{}", then::close,
       e::protocol},
      {"another coding last", head("Transfer-Encoding: chunked, gzip\r\n") + "{}", then::close,
       e::protocol},
      {"two codings", head("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n") + "{}",
       then::close, e::protocol},
      {"a second answer behind", ok("{}") + ok("{\"v\":666}"), then::keep, e::protocol},
      {"a NUL in a field", head(string("ETag: \"a\0b\"\r\n", 12) + "Content-Length: 2\r\n") + "{}",
       then::keep, e::protocol},
      {"a bare line feed", head("X: a\nSet-Cookie: b=c\r\nContent-Length: 2\r\n") + "{}",
       then::keep, e::protocol},
      {"TLS on a plain port", string("\x16\x03\x03\x00\x02\x02\x28", 7), then::close,
       e::unreachable},
      {"garbage", string(4096, '\x93'), then::close, e::protocol},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", then::close, e::protocol},
      {"gzip with a wrong checksum", ok(spoilt_gzip(), gz), then::keep, e::encoding},
      {"bytes behind gzip", ok(gzip("{}") + "more", gz), then::keep, e::encoding},
      {"an empty gzip body", ok("", gz), then::keep, e::encoding},
      {"ten codings", ok("{}", "Content-Encoding: gzip, gzip, gzip, gzip, gzip\r\n"), then::keep,
       e::encoding},
      {"coding said twice", ok(gzip("{}"), gz + gz), then::keep, e::encoding},
  };
}

/// Each in its class, within the time limit, and the next call finds a connection that works.
TEST_F(HostileUpstream, EveryBadAnswerIsAnErrorOfItsKind) {
  for (const auto& bad : bad_answers()) {
    EXPECT_EQ(code(bad.bytes, bad.after), bad.code) << bad.name << ": " << answer_->error().text();
    EXPECT_LE(server_->connections, 1u) << bad.name;
  }
}

TEST_F(HostileUpstream, AfterABadAnswerTheNextIsGood) {
  for (const auto& bad : bad_answers()) {
    calls_ = 2;
    int asked = 0;
    const auto got = ask([&](const std::string&) {
      return ++asked == 1 ? test::reply{bad.bytes, bad.after} : test::reply{ok("{}"), then::keep};
    });
    EXPECT_TRUE(got) << bad.name << ": " << got.error().text();
  }
}

TEST_F(HostileUpstream, StatusesBeyondSuccessAreErrorsWhateverTheBody) {
  for (const unsigned status : {300u, 400u, 401u, 403u, 405u, 418u, 429u, 500u, 502u, 503u, 504u}) {
    const auto line = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 2\r\n\r\n{}";
    EXPECT_EQ(status_of(code(line)), status);
  }
  EXPECT_EQ(code("HTTP/1.1 99 X\r\nContent-Length: 2\r\n\r\n{}"), client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 1000 X\r\nContent-Length: 2\r\n\r\n{}"), client_errc::protocol);
}

TEST_F(HostileUpstream, ARedirectGoesNowhereElse) {
  auto request = target();
  request.redirects = 3;
  for (const std::string where :
       {"http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "//169.254.169.254/",
        "https://127.0.0.1/", "http://user@127.0.0.1/", "gopher://127.0.0.1/",
        "javascript:alert(1)", "", "/a b", "a b", "http://127.0.0.1:99999/"}) {
    const auto got = ask(
        [where](const std::string&) {
          return test::reply{
              "HTTP/1.1 302 Go\r\nLocation: " + where + "\r\nContent-Length: 0\r\n\r\n",
              then::keep};
        },
        request);
    EXPECT_EQ(status_of(got.error().code), 302u) << where << ": " << got.error().text();
    EXPECT_EQ(server_->requests.size(), 1u) << where;
  }
}

/// What a visitor writes into a parameter reaches the upstream as that one value.
TEST_F(HostileUpstream, AValueCannotMoveTheRequest) {
  const auto page = url_template::parse("/p/{a}/x.json?q={a}&z=1").value();
  const auto send = [&](const std::string& value) -> std::string {
    const template_lookup lookup = [&](const placeholder&) {
      return result<template_value>(template_value{value, {}});
    };
    auto expanded = page.expand(lookup);
    if (!expanded) return "refused";
    upstream_request request;
    request.target = *expanded;
    const auto got =
        ask([](const std::string&) { return test::reply{ok("{}"), then::keep}; }, request);
    if (!got) return "refused";
    const auto& sent = server_->requests.front();
    EXPECT_NE(sent.find("\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n"),
              std::string::npos);
    return sent.substr(0, sent.find("\r\n"));
  };
  const auto line = [](const std::string& v) {
    return "GET /base/p/" + v + "/x.json?q=" + v + "&z=1 HTTP/1.1";
  };
  EXPECT_EQ(send("a/../../b"), line("a%2F..%2F..%2Fb"));
  EXPECT_EQ(send("%2e%2e%2f"), line("%252e%252e%252f"));
  EXPECT_EQ(send(std::string("a\0b", 3)), line("a%00b"));
  EXPECT_EQ(send("a\r\nHost: evil\r\n\r\nGET /"),
            line("a%0D%0AHost%3A%20evil%0D%0A%0D%0AGET%20%2F"));
  EXPECT_EQ(send("@evil.example:80"), line("%40evil.example%3A80"));
  EXPECT_EQ(send("x?q=2&z=3#f"), line("x%3Fq%3D2%26z%3D3%23f"));
  EXPECT_EQ(send("a\\b;c"), line("a%5Cb%3Bc"));
  EXPECT_EQ(send(std::string(1000, 'k')), line(std::string(1000, 'k')));
  for (const std::string bad : {"..", ".", ""}) EXPECT_EQ(send(bad), "refused") << bad;
  EXPECT_EQ(send(std::string(10'000, '/')), "refused") << "60 kB once encoded";
}

}  // namespace
}  // namespace freshet
