#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/ingest/ingest.hpp"
#include "core/config/load.hpp"

namespace freshet::test {

/// A configuration with everything that events pass on their way to a mark, and a virtual clock.
class ingest_world {
 public:
  explicit ingest_world(std::string_view toml, page_store::options o = {})
      : loaded(config::parse(toml)) {
    for (const auto& p : loaded.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    pages = site::compile(loaded.value.pages, problems);
    store_hooks hooks;
    hooks.fragment = [](const freshness&) { return std::string("\r\n"); };
    hooks.changed = [this](const change_ptr& c) { changes.push_back(c); };
    store.emplace(loaded.value, pages, o, hooks);
    rules.emplace(loaded.value, pages, counts, problems);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
    ingest_hooks wiring;
    wiring.up = [this](std::size_t) { return up; };
    wiring.creates = [this](class_id page) { return creates && creates(page); };
    wiring.topics_differ = [this](std::size_t) { return topics_differ; };
    wiring.keep = &kept;
    events.emplace(loaded.value, *store, *rules, time, counts, wiring);
  }

  page_ref know(std::string_view target) {
    const auto match = pages.find(target);
    EXPECT_EQ(match.what, page_match::outcome::found) << target;
    return store->know(match.key, match.canonical);
  }

  /// A message as fedmsg sends it, through the decoder.
  void send(std::string_view topic, std::string_view msg, std::string_view id = "",
            std::size_t bus = 0) {
    std::string body = "{\"i\":1,\"timestamp\":1363636363.5,";
    if (!id.empty()) body += "\"msg_id\":\"" + std::string(id) + "\",";
    body += "\"topic\":\"" + std::string(topic) + "\",\"msg\":" + std::string(msg) + "}";
    message_decoder decoder(loaded.value.buses[bus].name, 1u << 20);
    const auto got = decoder.decode_frames(topic, body);
    ASSERT_TRUE(got) << got.drop << " " << body;
    events->take(bus, got.value);
  }

  /// The refresh that is due, done with this content.
  bool refresh(page_ref page, std::string_view body, char tag = 'a') {
    const auto now = time.now();
    store->tick(now);
    const auto of = store->slot_of(page)->page;
    while (const auto c = store->claim_next(of, now)) {
      new_content content;
      content.etag.fill(tag);
      content.make = [&](sequence version) {
        const auto made = entry::make(body);
        made->version = version;
        made->etag = content.etag;
        made->modified = time.wall_now();
        return entry_ptr(made);
      };
      commit_request request;
      request.good = c->parts;
      request.verified = time.wall_now();
      store->commit(c->ref, c->token, request, content, c->from, now);
      if (c->ref == page) return true;
    }
    return false;
  }

  freshness status(page_ref page) const { return store->book().status(page); }

  std::string metric(std::string_view series) const {
    const auto text = counts.scrape();
    const auto at = text.find("\n" + std::string(series) + " ");
    if (at == std::string::npos) return "absent";
    const auto from = at + series.size() + 2;
    return text.substr(from, text.find('\n', from) - from);
  }

  config::loaded loaded;
  site pages;
  metrics counts;
  locker kept{counts};
  manual_clock time;
  bool up = true;
  std::uint64_t topics_differ = 0;
  std::function<bool(class_id)> creates;
  std::vector<change_ptr> changes;
  std::optional<page_store> store;
  std::optional<rule_table> rules;
  std::optional<ingest> events;
};

inline constexpr std::string_view two_pages = R"(
[bus.fedmsg]
kind = "zmq"
connect = ["tcp://127.0.0.1:1"]
expect_every = "2m"

[bus.other]
kind = "zmq"
connect = ["tcp://127.0.0.1:2"]

[upstream.koji]
kind = "http"
url = "http://127.0.0.1:3"

[upstream.bodhi]
kind = "http"
url = "http://127.0.0.1:4"

[page.builds]
path = "/packages/{package}/builds.json?page=1"
param = { package = { lower = true, max = 20 }, page = { int = [1, 9] } }
fetch = [{ upstream = "koji", get = "/builds" }]
shows = { bug = "/bugs/*" }
on = [
  { topic = "org.*.build", set = { package = "/msg/name" }, coalesce = "200ms" },
  { topic = "org.*.bug", set = { bug = "/msg/id" } },
  { topic = "org.*.quiet", set = { package = "/msg/name" }, lazy = true },
]

[page.overview]
path = "/packages/{package}.json"
fetch = [
  { upstream = "koji", get = "/o", into = "/builds" },
  { upstream = "bodhi", get = "/u", into = "/updates" },
]
on = [
  { topic = "org.*.build", set = { package = "/msg/name" }, parts = ["/builds"] },
  { topic = "org.*.mass", all = true },
]
)";

}  // namespace freshet::test
