#include <gmock/gmock.h>

#include "core/config/amqp_settings.hpp"
#include "core/config/webhook_settings.hpp"
#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using testing::HasSubstr;

/// The sample with every option on: `#key` becomes `key`, prose (`# ..`) stays a comment.
std::string uncommented() {
  std::string out;
  std::string_view rest = defaults_text();
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ') line.remove_prefix(1);
    out += std::string(line) + "\n";
    rest.remove_prefix(end + 1);
  }
  return out;
}

TEST(DefaultsText, ParsesToTheDefaultSettings) {
  EXPECT_EQ(show(test::good(defaults_text())), show(settings{}));
}

TEST(DefaultsText, ItsOptionsAreTheDefaultsOfTheirSections) {
  const auto s = test::good(uncommented());
  ASSERT_EQ(s.buses.size(), 5u);
  EXPECT_EQ(s.buses[0].hwm, bus_settings{}.hwm);
  EXPECT_EQ(s.buses[0].max_message, bus_settings{}.max_message);
  EXPECT_EQ(s.buses[1].amqp->exchange, amqp_settings{}.exchange);
  EXPECT_EQ(s.buses[1].amqp->prefetch, amqp_settings{}.prefetch);
  EXPECT_EQ(s.buses[1].amqp->expires, amqp_settings{}.expires);
  EXPECT_EQ(s.buses[2].webhook->rate, webhook_settings{}.rate);
  EXPECT_EQ(s.buses[2].webhook->header, "x-signature-256");
  EXPECT_EQ(s.buses[4].rate, bus_settings{}.rate);
  ASSERT_EQ(s.upstreams.size(), 4u);
  EXPECT_EQ(s.upstreams[1].limits.batch, 20u);
  EXPECT_EQ(s.upstreams[0].limits.concurrency, upstream_limits{}.concurrency);
  EXPECT_EQ(s.upstreams[0].limits.rate, upstream_limits{}.rate);
  EXPECT_EQ(s.upstreams[0].limits.timeout, upstream_limits{}.timeout);
  EXPECT_EQ(s.upstreams[0].limits.retries, upstream_limits{}.retries);
  EXPECT_EQ(s.upstreams[0].limits.body, upstream_limits{}.body);
  ASSERT_EQ(s.pages.size(), 1u);
  const page_settings d;
  EXPECT_EQ(s.pages[0].negative, d.negative);
  EXPECT_EQ(s.pages[0].min_interval, d.min_interval);
  EXPECT_EQ(s.pages[0].max_size, d.max_size);
  EXPECT_EQ(s.pages[0].settle, d.settle);
  EXPECT_EQ(s.pages[0].sweep, d.sweep);
  EXPECT_EQ(s.pages[0].idle, d.idle);
  EXPECT_EQ(s.pages[0].cache_control, d.cache_control);
  EXPECT_EQ(s.pages[0].push, d.push);
  EXPECT_EQ(s.pages[0].keys, d.keys);
  EXPECT_EQ(s.pages[0].store, d.store);
  EXPECT_EQ(s.pages[0].type, d.type);
  EXPECT_EQ(s.pages[0].warm->rate, warm_settings{}.rate);
}

TEST(Show, IsAConfigurationAgain) {
  const std::string once = show(test::good(uncommented()));
  EXPECT_EQ(show(test::good(once)), once);
}

TEST(Show, QuotesWhatSelectorsAndConditionsHold) {
  const std::string once = show(test::good(R"([[tag]]
topic = "#"
where = { "/a" = 'x"\y', "/b" = { like = '*"\*' }, "/c" = { not = ['"', "\t"] } }
set = { a = [{ at = '/q"\', like = 'q"\{}', split = '"' }, '/w"\'], b = { value = '"\{/x}' } }
[[tag]]
topic = "#"
set = { a = { keys = "/k", like = "\t{}" } })"));
  EXPECT_THAT(once, HasSubstr(R"("/a" = "x\"\\y")"));
  EXPECT_THAT(once, HasSubstr(R"(like = "\u0009{}")"));
  EXPECT_EQ(show(test::good(once)), once);
}

TEST(Show, PrintsWhereSecretsComeFromAndNothingElse) {
  const auto text = show(test::good(R"(admin_token = "hunter2"
[upstream.u]
kind = "http"
url = "http://a"
headers = { A = "Bearer ${file:/t}" })"));
  EXPECT_THAT(text, testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("admin_token = \"***\""));
  EXPECT_THAT(text, HasSubstr("A = \"***${file:/t}\""));
}

TEST(Render, PlaceKeyMessageCaretHint) {
  const auto got = parse("\nloops = 'x'\nmemmory = 1", "f.toml");
  ASSERT_EQ(got.problems.size(), 2u);
  EXPECT_EQ(render(got.problems[0]),
            "f.toml:2:9: loops: expected a whole number from 0 to 1000000000, found \"x\"\n"
            "    loops = 'x'\n"
            "            ^");
  EXPECT_EQ(render(got.problems[1]),
            "f.toml:3:1: memmory: unknown key\n"
            "    memmory = 1\n"
            "    ^\n"
            "  hint: did you mean `memory`?");
}

TEST(Parse, AnyBytesGiveProblemsAndNoException) {
  const std::string full = uncommented();
  std::uint32_t seed = 1;
  for (int round = 0; round < 300; ++round) {
    std::string text = full;
    for (int edit = 0; edit < 4; ++edit) {
      seed = seed * 1664525u + 1013904223u;
      text[(seed >> 8) % text.size()] = static_cast<char>(seed >> 24);
    }
    const auto got = parse(text.substr(0, (seed >> 4) % text.size()), "f.toml");
    EXPECT_LE(got.problems.size(), 201u);
    for (const auto& p : got.problems) EXPECT_FALSE(render(p).empty());
  }
}

TEST(Parse, TheNumberOfProblemsIsBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const auto got = parse(text, "f.toml");
  ASSERT_EQ(got.problems.size(), 201u);
  EXPECT_THAT(got.problems.back().message, HasSubstr("not listed"));
}

TEST(Excerpt, SecretsAreMaskedAndWordsOfTheLanguageAreNot) {
  const auto excerpt = [](std::string_view text) {
    const auto got = parse(text);
    return got.problems.empty() ? "no problem" : got.problems.front().excerpt;
  };
  EXPECT_EQ(excerpt("[[tag]]\ntopic = '#'\nset = { a = { keys = '/headers', split = ',' } }"),
            "set = { a = { keys = '/headers', split = ',' } }");
  EXPECT_EQ(excerpt("api_keys = 'x1'"), "api_keys = ****");
  EXPECT_EQ(excerpt("keys_of = 'x1'"), "keys_of = ****");
  EXPECT_EQ(excerpt("admin_token = [1]"), "admin_token = ***");
  EXPECT_EQ(excerpt("[upstream.u]\nkind = 'http'\nurl = 'http://h'\nheaders = { A = ['x'] }"),
            "headers = * * * ***** *");
}

}  // namespace
}  // namespace freshet::config
