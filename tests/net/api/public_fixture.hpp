#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "core/async/tokens.hpp"
#include "net/api/public/fragment.hpp"
#include "net/api/public/page_responder.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "net/http/head/gate.hpp"
#include "store/cache/cache_home.hpp"
#include "tests/net/sse/fakes.hpp"
#include "tests/support/run.hpp"

namespace freshet::test {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

inline config::settings small_settings() {
  config::settings s;
  s.public_url = "https://example.org/fresh";
  config::page_settings package;
  package.name = "package";
  package.path = "/packages/{package}.json?release&page=1";
  package.parameters.resize(2);
  package.parameters[0].name = "page";
  package.parameters[0].range = {1, 50};
  package.parameters[1].name = "package";
  package.parameters[1].lower = true;
  config::page_settings live;
  live.name = "search";
  live.path = "/search/{text}";
  live.store = false;
  s.pages = {package, live};
  return s;
}

/// A connection that has no peer: for answers that do not touch the socket.
class loose_connection final : public http::connection {
 public:
  loose_connection(asio::io_context& ctx, http::peer from)
      : connection(http::tcp_socket(ctx.get_executor()), from) {}
  void expire() override {}
  void drain() { draining_ = true; }
};

/// A public responder over a cache that the test fills and a miss path that it scripts.
class Public : public testing::Test {
 public:
  explicit Public(config::settings s = small_settings()) : settings(std::move(s)) {
    EXPECT_TRUE(problems.empty());
  }

  using page_responder = api::page_responder;

  page_responder& start() {
    api::public_environment env{settings,
                                pages,
                                home.index(),
                                sockets,
                                log,
                                block,
                                time,
                                numbers,
                                [this](page_key key, std::string canonical) {
                                  return answer_miss(std::move(key), std::move(canonical));
                                }};
    env.told = [this](const slot& s) { told.emplace_back(s.path()); };
    env.encode = [this](const slot& s, http::coding c) {
      encode.push_back(std::string(s.path()) + std::string(http::coding_suffix(c)));
    };
    if (demo) env.make_event = [this] { ++events; };
    env.demo = demo;
    return made.emplace(std::move(env));
  }

  asio::awaitable<api::miss_answer> answer_miss(page_key key, std::string canonical) {
    missed.push_back(canonical);
    if (on_miss) on_miss();
    co_return key.page == 0 ? next : bypass;
  }

  static sse::hub_settings stream_limits() {
    sse::hub_settings limits;
    limits.streams_max = 2;
    return limits;
  }

  static shown_page built(std::string_view body, sequence version = 1,
                          std::string_view state = "fresh") {
    return {std::string(state), http::build_entry({.body = body, .version = version})};
  }

  /// For the one visitor who waited.
  static shown_page waited_for(std::string_view body, sequence version = 1) {
    return {"Freshness: state=fresh\r\nCache-Status: freshet; fwd=miss\r\n\r\n",
            built(body, version).content};
  }

  slot& put(std::string_view path, shown_page v) {
    auto& s = home.emplace(path, 0, refs++);
    home.publish(s, std::move(v));
    return s;
  }

  static std::string taken(http::response_batch& batch) {
    std::string out;
    while (batch.bytes_left() > 0) {
      const auto n = batch.bytes_left();
      for (const auto& b : batch.buffers()) {
        out.append(static_cast<const char*>(b.iov_base), b.iov_len);
      }
      batch.consume(out.size() > n ? n : out.size());
    }
    batch.clear();
    return out;
  }

  /// The whole way of one request: gate, answer, and the slow answer when it has to be.
  std::string ask(std::string_view line, std::string_view fields = "Host: h\r\n") {
    if (!made) start();
    const auto bytes = std::string(line) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
    const auto judged = http::gate({}).judge(bytes);
    const auto* head = std::get_if<http::request_head>(&judged);
    EXPECT_NE(head, nullptr) << bytes;
    if (!head) return {};
    made->begin_turn();
    http::response_batch out;
    slow = made->answer(*head, from, out) == http::responder::outcome::wait;
    if (slow) {
      EXPECT_EQ(out.answers(), 0u);
      run(ctx, ask_slowly(head, &out));
    }
    EXPECT_EQ(out.answers(), 1u);
    return taken(out);
  }

  asio::awaitable<void> ask_slowly(const http::request_head* head, http::response_batch* out) {
    loose_connection c(ctx, from);
    if (draining) c.drain();
    EXPECT_EQ(co_await made->answer_slowly(head, &c, out), http::responder::after::answered);
    // What the awaitable held is gone: the answer must not need it.
  }

  asio::io_context ctx{1};
  config::settings settings;
  std::vector<config::diagnostic> problems;
  site pages = site::compile(settings.pages, problems);
  memory_account memory{1u << 20};
  cache_home home{{}, memory};
  fake_log log;
  manual_clock time;
  sse::hub_loop sockets{ctx.get_executor(), time, log, stream_limits(), {}, 1};
  sse::hub& streams = sockets.streams();
  http::date_block block{"4"};
  metrics numbers;
  api::miss_answer next{}, bypass{};
  std::function<void()> on_miss;
  http::peer from{asio::ip::make_address("192.0.2.1"), false};
  bool demo = false, draining = false, slow = false;
  int events = 0;
  page_ref refs = 0;
  std::vector<std::string> missed, told, encode;
  std::optional<page_responder> made;
};

inline std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == answer.npos ? "" : answer.substr(end + 4);
}

}  // namespace freshet::test
