#include <gmock/gmock.h>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using test::good;
using test::only_problem;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view names = R"([bus.b]
kind = "demo"
[upstream.bodhi]
kind = "http"
url = "http://127.0.0.1:7000/api/"
)";

std::string page(std::string_view keys) {
  return std::string(names) + "[page.p]\npath = '/p/{x}'\n" + std::string(keys);
}

std::string fetch_page(std::string_view keys) {
  return page("fetch = { upstream = 'bodhi', get = '/{x}' }\n" + std::string(keys));
}

TEST(BusConfig, Zmq) {
  const auto s = good(R"([bus.fedmsg]
kind = "zmq"
connect = "tcp://127.0.0.1:9940"
topics = ["org.a.", "org.b."]
expect_every = "2m"
max_message = "32MiB"
hwm = 5)");
  ASSERT_EQ(s.buses.size(), 1u);
  EXPECT_EQ(s.buses[0].connect, std::vector<std::string>{"tcp://127.0.0.1:9940"});
  EXPECT_EQ(s.buses[0].topics.size(), 2u);
  EXPECT_EQ(s.buses[0].expect_every, 2min);
  EXPECT_EQ(s.buses[0].max_message, 32u << 20);
  EXPECT_EQ(s.buses[0].hwm, 5u);
  EXPECT_EQ(s.buses[0].where.line, 1u);
  EXPECT_EQ(s.buses[0].where.key, "bus.fedmsg");
}

TEST(BusConfig, Problems) {
  EXPECT_EQ(only_problem("[bus.x]\nkind = 'zqm'"),
            "2:8: bus.x.kind: expected \"zmq\", \"ndjson\", \"demo\", \"amqp\", \"webhook\", "
            "\"postgres\", \"redis\" or \"nats\", found \"zqm\" | did you mean `zmq`?");
  EXPECT_EQ(only_problem("[bus.x]\nkind = 'zmq'"), "1:1: bus.x: `connect` is missing");
  EXPECT_EQ(only_problem("[bus.x]\nkind = 'zmq'\nconnect = []"),
            "3:11: bus.x.connect: expected at least one endpoint");
  EXPECT_EQ(only_problem("[bus.x]"), "1:1: bus.x: `kind` is missing");
  EXPECT_THAT(only_problem("[bus.x]\nkind = 'demo'\nfile = 'x'"), HasSubstr("3:1: bus.x.file: "));
  EXPECT_THAT(only_problem("[bus.x]\nkind='zmq'\nconnect='tcp://a:1'\ntopics='org.#'"),
              HasSubstr("byte prefix"));
}

constexpr std::string_view zmq_bus = "[bus.x]\nkind = 'zmq'\nconnect = 'tcp://a:1'\n";

std::string bus_problem(std::string_view keys) {
  return only_problem(std::string(zmq_bus) + std::string(keys));
}

TEST(BusConfig, CatchUp) {
  const auto s = good(std::string(zmq_bus) +
                      "catch_up = { kind = 'datagrepper', url = 'https://h/datagrepper/raw' }");
  const auto& past = s.buses[0].catch_up;
  ASSERT_TRUE(past);
  EXPECT_EQ(past->url, "https://h/datagrepper/raw");
  EXPECT_EQ(past->max_age, 72h);
  EXPECT_EQ(past->overlap, 30s);
  EXPECT_EQ(show(s), show(good(show(s))));
  EXPECT_THAT(show(s), HasSubstr("catch_up = { kind = \"datagrepper\", url = "
                                 "\"https://h/datagrepper/raw\", max_age = \"3d\", overlap = "
                                 "\"30s\" }"));
}

TEST(BusConfig, CatchUpMayNeedASecretAndACertificate) {
  const auto s = good(std::string(zmq_bus) +
                      "catch_up = { kind = 'datagrepper', url = 'https://h/raw', tls = { ca = "
                      "'ca.pem' }, headers = { Authorization = 'Bearer ${env:TOKEN} x' } }");
  const auto& past = s.buses[0].catch_up;
  ASSERT_TRUE(past);
  EXPECT_EQ(past->tls.ca, "ca.pem");
  ASSERT_EQ(past->headers.size(), 1u);
  EXPECT_EQ(past->headers[0].first, "Authorization");
  EXPECT_EQ(past->headers[0].second.source, "Bearer ${env:TOKEN} x");
  EXPECT_THAT(show(s), HasSubstr("headers = { Authorization = \"***${env:TOKEN}***\" }, tls = { "
                                 "verify = true, ca = \"ca.pem\" }, max_age"));
}

TEST(BusConfig, CatchUpProblems) {
  EXPECT_THAT(bus_problem("catch_up = { kind='datagrepper', url='http://h', tls={ cert='c' } }"),
              HasSubstr("`cert` and `key` go together"));
  EXPECT_THAT(
      bus_problem("catch_up = { kind='datagrepper', url='http://h', headers={ 'a b'='c' } }"),
      HasSubstr("expected the name of a header field"));
  EXPECT_EQ(bus_problem("catch_up = { kind = 'datagreper', url = 'http://h' }"),
            "4:21: bus.x.catch_up.kind: expected \"datagrepper\", found \"datagreper\" | did you "
            "mean `datagrepper`?");
  EXPECT_THAT(bus_problem("catch_up = { kind = 'datagrepper' }"), HasSubstr("`url` is missing"));
  EXPECT_THAT(bus_problem("catch_up = { url = 'http://h' }"), HasSubstr("`kind` is missing"));
  EXPECT_THAT(bus_problem("catch_up = { kind = 'datagrepper', url = 'http://h/?a=1' }"),
              HasSubstr("bus.x.catch_up.url: "));
  EXPECT_THAT(bus_problem("catch_up = { kind = 'datagrepper', url = 'http://h', age = '3d' }"),
              HasSubstr("bus.x.catch_up.age: "));
  EXPECT_THAT(
      bus_problem("catch_up = { kind='datagrepper', url='http://h', max_age='1m', overlap='1m' }"),
      HasSubstr("`overlap` is shorter than `max_age`"));
  EXPECT_THAT(bus_problem("catch_up = 'http://h'"), HasSubstr("bus.x.catch_up: expected a table"));
}

TEST(BusConfig, ExpectationsByTopic) {
  const auto s =
      good(std::string(zmq_bus) + "expect_every = { \"org.*.build.#\" = '10m', \"#\" = '2m' }");
  EXPECT_EQ(s.buses[0].expect_every, 2min);
  ASSERT_EQ(s.buses[0].expect_topics.size(), 1u);
  EXPECT_EQ(s.buses[0].expect_topics[0].first.text(), "org.*.build.#");
  EXPECT_EQ(s.buses[0].expect_topics[0].second, 10min);
  EXPECT_EQ(show(s), show(good(show(s))));
  EXPECT_THAT(bus_problem("expect_every = { \"a..b\" = '1m' }"), HasSubstr("an empty word"));
  EXPECT_THAT(bus_problem("expect_every = { \"a.b\" = 'often' }"),
              HasSubstr("expected a duration"));
  EXPECT_THAT(bus_problem("expect_every = {}"), HasSubstr("topic patterns"));
}

TEST(UpstreamConfig, Http) {
  const auto s = good(R"([upstream.m]
kind = "http"
url = "http://127.0.0.1:7000/"
headers = { Authorization = "Bearer ${file:t}" }
limits = { concurrency = 2, rate = "50/s", timeout = "1s", retries = 0, body = "1MiB" }
tls = { ca = "ca.pem", verify = false }
redirects = 2)");
  ASSERT_EQ(s.upstreams.size(), 1u);
  const auto& u = s.upstreams[0];
  EXPECT_EQ(u.url, "http://127.0.0.1:7000");
  EXPECT_EQ(u.headers[0].second.source, "Bearer ${file:t}");
  EXPECT_DOUBLE_EQ(u.limits.rate, 50);
  EXPECT_EQ(u.limits.retries, 0u);
  EXPECT_FALSE(u.tls.verify);
  EXPECT_EQ(u.redirects, 2u);
}

TEST(UpstreamConfig, SecretsAreNotInProblems) {
  const std::string text = R"([upstream.m]
kind = "http"
url = "http://me:hunter2@example.org/"
headers = { Authorization = "hunter2 ${file}", X-Other = ["hunter2"] }
tls = { key = "hunter2" }
[upstream.m.other]
hunter2 = "x")";
  const auto got = parse(text, "f.toml");
  EXPECT_GE(got.problems.size(), 4u);
  for (const auto& p : got.problems) {
    if (p.where.key.find("other") != std::string::npos) continue;
    EXPECT_THAT(render(p), testing::Not(HasSubstr("hunter2")));
  }
  const auto broken = parse("[upstream.m.headers]\nX = \"hunter2\n", "f.toml");
  ASSERT_EQ(broken.problems.size(), 1u);
  EXPECT_THAT(render(broken.problems[0]), testing::Not(HasSubstr("hunter2")));
}

TEST(PageConfig, EveryKeyArrives) {
  const auto s = good(page(R"(
param = { x = { lower = true, max = 20, chars = "ab" }, s = { in = ["", 1] }, n = { int = [1, 50] } }
fetch = [
  { upstream = "bodhi", get = "/{x}", into = "/a", expect = { "/errors" = { exists = false } } },
  { upstream = "bodhi", post = "/q", json = { a = "{x}", b = [1, 2.5] }, into = "/b", optional = true },
]
on = [
  { topic = ["a.#", "b"], bus = "b", by = "x", coalesce = "200ms", lazy = true, parts = ["/a"] },
  { topic = "c", each = "/msg/l", where = { "/each/f" = ["u", "v"] }, set = { x = ["/each/x", { at = "/msg/y", like = "{}-*", split = ", " }] } },
  { topic = "d", all = true },
]
shows = { bug = "/bugs/*/id" }
wait = "1s"
negative = "2s"
min_interval = "3s"
max_size = "1MiB"
every = "4s"
idle = "5s"
until = "/u"
cache_control = "max-age=1"
push = "full"
keys = "listed"
store = true
warm = { rate = 2, every = "6h", keys = { x = { upstream = "bodhi", get = "/all", at = "/l/*" }, s = ["", 1] } }
)"));
  ASSERT_EQ(s.pages.size(), 1u);
  const auto& p = s.pages[0];
  EXPECT_EQ(p.path, "/p/{x}");
  ASSERT_EQ(p.parameters.size(), 3u);
  EXPECT_EQ(p.parameters[0].name, "x");
  EXPECT_TRUE(p.parameters[0].lower);
  EXPECT_EQ(*p.parameters[1].in, (std::vector<std::string>{"", "1"}));
  EXPECT_EQ(p.parameters[2].range->second, 50);
  ASSERT_EQ(p.fetches.size(), 2u);
  EXPECT_EQ(p.fetches[0].expect.size(), 1u);
  EXPECT_EQ(p.fetches[1].json, R"({"a":"{x}","b":[1,2.5]})");
  EXPECT_TRUE(p.fetches[1].optional);
  ASSERT_EQ(p.on.size(), 3u);
  EXPECT_EQ(p.on[0].topics.size(), 2u);
  EXPECT_EQ(p.on[0].by, std::vector<std::string>{"x"});
  EXPECT_EQ(p.on[0].coalesce, 200ms);
  EXPECT_TRUE(p.on[0].lazy);
  EXPECT_EQ(p.on[1].set[0].second.size(), 2u);
  EXPECT_EQ(p.on[1].each->text(), "/msg/l");
  EXPECT_TRUE(p.on[1].where_entries[0].test.holds(true, {"v"}));
  EXPECT_FALSE(p.on[1].where_entries[0].test.holds(true, {"w"}));
  EXPECT_TRUE(p.on[2].all);
  EXPECT_EQ(p.on[2].where.key, "page.p.on[2]");
  EXPECT_EQ(p.shows[0].first, "bug");
  EXPECT_EQ(p.wait, 1s);
  EXPECT_EQ(p.every, 4s);
  EXPECT_EQ(p.idle, 5s);
  EXPECT_EQ(p.until->text(), "/u");
  EXPECT_EQ(p.push, push_mode::full);
  EXPECT_EQ(p.keys, key_policy::listed);
  ASSERT_EQ(p.warm->keys.size(), 2u);
  EXPECT_EQ(p.warm->keys[0].at->text(), "{ at = \"/l/*\" }");
  EXPECT_EQ(p.warm->keys[1].values, (std::vector<std::string>{"", "1"}));
}

TEST(PageConfig, NumbersInConditionsKeepTheirText) {
  const auto s = good(fetch_page("on = { topic = 'a', all = true, where = { '/msg/v' = 1.10 } }"));
  EXPECT_TRUE(s.pages[0].on[0].where_entries[0].test.holds(true, {"1.10"}));
  EXPECT_FALSE(s.pages[0].on[0].where_entries[0].test.holds(true, {"1.1"}));
}

TEST(PageConfig, ExactlyOneOf) {
  EXPECT_THAT(only_problem(fetch_page("on = { topic = 'a' }")),
              AllOf(HasSubstr("9:6: page.p.on: "), HasSubstr("one of `set`, `by` and `all`")));
  EXPECT_THAT(only_problem(fetch_page("on = { topic = 'a', all = true, by = 'x' }")),
              HasSubstr("page.p.on.by: expected only one of"));
  EXPECT_THAT(only_problem(page("fetch = { upstream = 'bodhi' }")),
              HasSubstr("expected one of `get`"));
  EXPECT_THAT(only_problem(page("fetch = { upstream = 'bodhi', get = '/', post = '/' }")),
              HasSubstr("fetch.post: expected only one of `get`"));
  EXPECT_THAT(
      only_problem(fetch_page("on = { topic = 'a', set = { x = { at = '/a', value = 'b' } } }")),
      HasSubstr("only one of `at`, `keys` and `value`"));
}

TEST(PageConfig, ReferencesAreChecked) {
  EXPECT_EQ(only_problem(page("fetch = { upstream = 'bohdi', get = '/' }")),
            "8:22: page.p.fetch.upstream: there is no upstream `bohdi` | did you mean `bodhi`?");
  EXPECT_THAT(only_problem(
                  fetch_page("warm = { keys = { x = { upstream = 'u', get = '/', at = '/a' } } }")),
              HasSubstr("page.p.warm.keys.x.upstream: there is no upstream `u`"));
  EXPECT_THAT(only_problem(fetch_page("on = { topic = 'a', all = true, bus = 'c' }")),
              HasSubstr("there is no bus `c`"));
  EXPECT_THAT(only_problem(fetch_page("on = { topic = 'a', all = true, parts = '/z' }")),
              HasSubstr("no fetch of this page has into = \"/z\""));
}

TEST(PageConfig, OtherProblems) {
  EXPECT_THAT(only_problem(page("")), HasSubstr("`fetch` is missing"));
  EXPECT_THAT(only_problem(fetch_page("on = { topic = 'a', set = { x = 'kernel' } }")),
              HasSubstr("{ value = \"kernel\" }"));
  EXPECT_THAT(only_problem(fetch_page("on = { topic = 'a', all = true, where = { 'x' = 1 } }")),
              HasSubstr("expected a pointer"));
  EXPECT_THAT(only_problem(fetch_page(
                  "on = { topic = 'a', all = true, where = { '/x' = { exist = true } } }")),
              HasSubstr("did you mean `exists`?"));
  EXPECT_THAT(only_problem(fetch_page("param = { x = { int = [5, 1] } }")),
              HasSubstr("[low, high]"));
  EXPECT_THAT(only_problem(fetch_page("keys = 'listed'")), HasSubstr("needs `warm`"));
  EXPECT_THAT(
      only_problem(page(
          "fetch = [{ upstream='bodhi', get='/a', into='/a' }, { upstream='bodhi', get='/b' }]")),
      HasSubstr("`into` is missing"));
  EXPECT_THAT(only_problem("[[tag]]\ntopic = '#'\nby = 'x'\nset = { a = '/b' }"),
              HasSubstr("3:1: tag[0].by: unknown key"));
}

}  // namespace
}  // namespace freshet::config
