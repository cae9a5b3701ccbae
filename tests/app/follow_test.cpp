#include <csignal>

#include "tests/app/cli.hpp"
#include "tests/app/http_peer.hpp"

namespace freshet::app {
namespace {

using test::answer;
using test::peer_reply;
using test::peer_request;

std::string stream_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\n: freshet\n\n";
}
std::string reload(const std::string& id, const std::string& path, int version) {
  return "id: " + id + "\nevent: reload\ndata: {\"@id\":\"" + path +
         "\",\"etag\":\"\\\"v\\\"\",\"version\":" + std::to_string(version) +
         ",\"event\":\"e\",\"cause\":\"a.b\"}\n\n";
}
/// 204: there will be no more events, which ends the verb.
peer_reply enough() { return {"HTTP/1.1 204 -\r\n\r\n"}; }

/// Without the clock time that each line starts with.
std::string without_times(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    out += text.substr(at + 9, end - at - 8);
    at = end + 1;
  }
  return out;
}

TEST(Watch, PrintsChangesAndResumesAfterACut) {
  test::http_peer server([](const peer_request&, std::size_t number) -> peer_reply {
    if (number == 1)
      return {stream_head() + reload("1-5", "/x", 5) + "id: 1-6\n\nid: 1-7\ndata: ha"};
    if (number == 2) return {stream_head() + reload("1-8", "/y", 8)};
    return enough();
  });
  const auto seen = test::freshet({"watch", "/x", "/y z", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(without_times(seen.out),
            "reload /x version=5 cause=a.b event=e\nreload /y version=8 cause=a.b event=e\n");
  const auto asked = server.requests();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].line, "GET /.well-known/mercure?match=%2Fx&match=%2Fy%2520z HTTP/1.1");
  EXPECT_EQ(asked[0].field("Accept"), "text/event-stream");
  EXPECT_EQ(asked[0].field("Last-Event-ID"), "");
  EXPECT_EQ(asked[1].field("Last-Event-ID"), "1-6");
  EXPECT_EQ(asked[2].field("Last-Event-ID"), "1-8");
}

TEST(Watch, ASignalEndsItWell) {
  test::http_peer server([](const peer_request&, std::size_t number) -> peer_reply {
    if (number == 1) return {stream_head() + reload("1-5", "/x", 5)};
    ::kill(::getpid(), SIGINT);
    return {stream_head(), true};
  });
  const auto seen = test::freshet({"watch", "/x", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_ok);
  EXPECT_EQ(seen.err, "");
  EXPECT_EQ(without_times(seen.out), "reload /x version=5 cause=a.b event=e\n");
}

TEST(Watch, FullPrintsThePageNowAndWhenItChanged) {
  test::http_peer server([](const peer_request& request, std::size_t number) -> peer_reply {
    const std::string link =
        "Link: </.well-known/mercure>; rel=\"mercure\"; last-event-id=\"1-4\"\r\n";
    const auto page = [&](int version) {
      return answer(
          200, "{\"v\":" + std::to_string(version) + "}", "application/json",
          link + "Content-Location: /x\r\nETag: \"v" + std::to_string(version) + "\"\r\n");
    };
    if (number == 1) return page(4);
    if (number == 2) return {stream_head() + reload("1-5", "/x", 5) + reload("1-6", "/x", 6)};
    if (number == 3) return page(6);
    if (request.field("If-None-Match") == "\"v6\"") return {"HTTP/1.1 304 -\r\n\r\n"};
    return enough();
  });
  const auto seen = test::freshet({"watch", "/X", "--full", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out, "{\"v\":4}\n{\"v\":6}\n");
  const auto asked = server.requests();
  ASSERT_EQ(asked.size(), 5u);
  EXPECT_EQ(asked[0].field("If-None-Match"), "");
  EXPECT_EQ(asked[1].field("Last-Event-ID"), "1-4");
  EXPECT_EQ(asked[2].line, "GET /x HTTP/1.1");
  EXPECT_EQ(asked[2].field("If-None-Match"), "\"v4\"");
  EXPECT_EQ(asked[4].field("Last-Event-ID"), "1-6");
}

TEST(Watch, FullAsksForEveryPageAfterAResync) {
  test::http_peer server([](const peer_request& request, std::size_t number) -> peer_reply {
    if (number == 3) return {stream_head() + "id: 2-1\nevent: resync\ndata: {\"pages\":null}\n\n"};
    if (request.line.starts_with("GET /.well-known")) return enough();
    return answer(200, request.line.substr(4, 2));
  });
  const auto seen = test::freshet({"watch", "/x", "/y", "--full", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out, "/x\n/y\n/x\n/y\n");
}

TEST(Tail, IsEveryChangeAndMayBeJson) {
  test::http_peer server([](const peer_request&, std::size_t number) -> peer_reply {
    if (number == 1) return {stream_head() + reload("1-5", "/x", 5) + "event: bye\ndata: {}\n\n"};
    return enough();
  });
  const auto seen = test::freshet({"tail", "--json", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out,
            R"({"name":"reload","id":"1-5","data":{"@id":"/x","etag":"\"v\"","version":5,)"
            R"("event":"e","cause":"a.b"}})"
            "\n"
            R"({"name":"bye","id":"1-5","data":{}})"
            "\n");
  EXPECT_EQ(server.requests()[0].line, "GET /.well-known/mercure?match_urlpattern=* HTTP/1.1");
}

TEST(Tail, ABusyServerIsAskedAgain) {
  test::http_peer server([](const peer_request&, std::size_t number) -> peer_reply {
    if (number == 1) return {stream_head()};
    if (number == 2) return answer(503, R"({"detail":"draining"})");
    return enough();
  });
  const auto seen = test::freshet({"tail", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_ok);
  EXPECT_NE(seen.err.find("503 Service Unavailable: draining; trying again"), std::string::npos)
      << seen.err;
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(Tail, ARefusalIsFinal) {
  test::http_peer server([](const peer_request&, std::size_t) {
    return answer(400, R"({"title":"x","detail":"no page can match"})");
  });
  const auto seen = test::freshet({"tail", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_failed);
  EXPECT_NE(seen.err.find("400 Bad Request: no page can match"), std::string::npos) << seen.err;
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Tail, WhatIsNoEventStreamIsNoAnswer) {
  test::http_peer server(
      [](const peer_request&, std::size_t) { return answer(200, "<html>", "text/html"); });
  const auto seen = test::freshet({"tail", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_unavailable);
  EXPECT_NE(seen.err.find("expected an event stream, found text/html"), std::string::npos);
}

TEST(Tail, NobodyThereIsSaidAtOnce) {
  EXPECT_EQ(test::freshet({"tail", "--server", "/nowhere/socket"}).code, exit_unavailable);
  EXPECT_EQ(test::freshet({"watch", "/x", "--full", "--server", "/nowhere/s"}).code,
            exit_unavailable);
}

}  // namespace
}  // namespace freshet::app
