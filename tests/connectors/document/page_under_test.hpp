#pragma once

#include <gtest/gtest.h>

#include "connectors/document/document_builder.hpp"
#include "core/config/load.hpp"
#include "store/page/site.hpp"
#include "tests/support/run.hpp"

namespace freshet::test {

namespace asio = boost::asio;

/// One page whose upstream answers from a table; remembers what it was asked.
class page_under_test {
 public:
  explicit page_under_test(std::string_view page) {
    loaded_ = config::parse("[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\n" +
                            std::string(page));
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded_.value.pages, problems);
    recipe_ = page_recipe::compile(loaded_.value, loaded_.value.pages[0], pages_.page(0), problems);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
    call_ = [this](std::size_t, upstream_request request, lane) {
      return answer(std::move(request));
    };
  }

  built_document build(page_key key, std::string old_body = "", part_mask parts = all_parts) {
    built_document out;
    asio::io_context ctx(1);
    test::run(ctx, run(std::move(key), std::move(old_body), parts, &out));
    return out;
  }

  std::map<std::string, result<upstream_answer>> answers;
  std::vector<std::string> asked;

 private:
  asio::awaitable<result<upstream_answer>> answer(upstream_request request) {
    asked.push_back(request.method + " " + request.target +
                    (request.body.empty() ? "" : " " + request.body));
    const auto at = answers.find(request.target);
    if (at == answers.end()) co_return fail(errc::missing, "no answer for " + request.target);
    co_return at->second;
  }
  asio::awaitable<void> run(page_key key, std::string old_body, part_mask parts,
                            built_document* out) {
    *out = co_await build_document(&recipe_, &pages_.page(0), std::move(key), std::move(old_body),
                                   parts, lane::rest, &call_, &clock_);
  }

  config::loaded loaded_;
  site pages_;
  page_recipe recipe_;
  upstream_caller call_;
  manual_clock clock_;
};

inline upstream_answer ok(std::string body, unsigned status = 200) {
  return {status, std::move(body), "application/json", 0};
}

}  // namespace freshet::test
