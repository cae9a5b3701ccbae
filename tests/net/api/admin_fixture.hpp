#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "core/async/tokens.hpp"
#include "net/api/admin/admin_responder.hpp"
#include "net/http/head/gate.hpp"

namespace freshet::test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Answers with what it was asked.
class fake_port final : public api::admin_port {
 public:
  readiness ready() const override { return state; }
  std::string metrics() const override { return "freshet_x 1\n"; }
  result<std::string> explain_page(std::string_view target) const override {
    if (target != "/packages/c++.json?release=f41") return fail(errc::missing, "no page");
    return std::string(R"({"page":"c++"})");
  }
  result<std::string> explain_event(std::string_view id) const override {
    return "{\"event\":\"" + std::string(id) + "\"}";
  }
  std::string pages() const override { return R"([{"name":"package"}])"; }
  std::string buses() const override { return R"([{"name":"fedmsg"}])"; }
  std::string upstreams() const override { return R"([{"name":"koji"}])"; }
  std::string locker() const override { return "[]"; }
  result<std::string> locked(std::uint64_t number) const override {
    if (number != 7) return fail(errc::missing, "no such event");
    return std::string(R"({"number":7})");
  }
  result<std::string> replay_locked(std::optional<std::uint64_t> number) override {
    asked.push_back("replay " + (number ? std::to_string(*number) : "all"));
    return std::string(R"({"replayed":1})");
  }
  result<std::string> drop_locked(std::optional<std::uint64_t> number) override {
    asked.push_back("drop " + (number ? std::to_string(*number) : "all"));
    return std::string(R"({"dropped":1})");
  }
  result<std::string> rebuild(std::string_view pattern) override {
    if (failure) return *failure;
    asked.push_back("rebuild " + std::string(pattern));
    return std::string(R"({"pages":3})");
  }
  result<std::string> purge(std::string_view pattern, bool dry_run) override {
    asked.push_back("purge " + std::string(pattern) + (dry_run ? " dry" : ""));
    return std::string(R"({"pages":1})");
  }
  result<std::string> reload() override {
    if (failure) return *failure;
    asked.emplace_back("reload");
    return std::string(R"({"reloaded":true})");
  }

  readiness state{true, true, {}, {}};
  std::optional<error> failure;
  std::vector<std::string> asked;
};

inline std::string taken(http::response_batch& batch) {
  std::string out;
  for (const auto& b : batch.buffers()) {
    out.append(static_cast<const char*>(b.iov_base), b.iov_len);
  }
  return out;
}

inline std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

class Admin : public testing::Test {
 public:
  api::admin_responder& start() {
    api::admin_environment env{settings, port, block, time, numbers, {}};
    env.audit = [this](std::string_view line) { audit.emplace_back(line); };
    return made.emplace(std::move(env));
  }

  std::string ask(std::string_view line, std::string_view fields = "", std::string_view body = "",
                  std::string_view host = "localhost:8081") {
    if (!made) start();
    auto bytes = std::string(line) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
                 std::string(fields);
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    bytes += "\r\n";
    const auto judged = http::gate({}, http::gate::mode::admin).judge(bytes);
    const auto* accepted = std::get_if<http::request_head>(&judged);
    EXPECT_NE(accepted, nullptr) << bytes;
    if (!accepted) return {};
    auto head = *accepted;
    head.body = body;
    made->begin_turn();
    http::response_batch out;
    EXPECT_EQ(made->answer(head, from, out), http::responder::outcome::done);
    EXPECT_EQ(out.answers(), 1u);
    return taken(out);
  }
  std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
    return ask("POST " + std::string(path),
               "Content-Type: application/json\r\n" + std::string(fields), body);
  }
  void require_token(const char* token) {
    ::setenv("FRESHET_TEST_ADMIN_TOKEN", token, 1);
    settings.admin_token.source = "${env:FRESHET_TEST_ADMIN_TOKEN}";
  }

  config::settings settings;
  fake_port port;
  http::date_block block{"1"};
  manual_clock time;
  metrics numbers;
  http::peer from{asio::ip::make_address("192.0.2.1"), false};
  std::vector<std::string> audit;
  std::optional<api::admin_responder> made;
};

}  // namespace freshet::test
