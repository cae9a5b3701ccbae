#pragma once

#include <gmock/gmock.h>

#include <span>

#include "core/config/load.hpp"
#include "store/home/page_store.hpp"

namespace freshet::test {

using namespace std::chrono_literals;

/// A page store over the pages of a configuration; what its hooks were told, and a clock that tests
/// move.
class home : public ::testing::Test {
 protected:
  static constexpr std::string_view plain =
      "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
      "on = [{ topic = 't', set = { name = '/msg/name' } }]\n";

  void open(std::string_view pages, page_store::options options = {}) {
    loaded_ = config::parse("[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n" +
                            std::string(pages));
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    site_ = site::compile(loaded_.value.pages, problems);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
    store_hooks hooks;
    hooks.fragment = [this](const freshness& f) {
      static constexpr std::array names{"fresh", "stale", "unverified", "parked"};
      ++fragments;
      return std::string(names[static_cast<std::size_t>(f.state)]);
    };
    hooks.changed = [this](const change_ptr& c) { changed.push_back(c); };
    hooks.settled = [this](page_ref page) { settled.push_back(page); };
    hooks.work = [this] { ++work; };
    store.emplace(loaded_.value, site_, options, std::move(hooks));
  }

  page_ref know(std::string_view path) {
    const auto found = site_.find(path);
    EXPECT_EQ(found.what, page_match::outcome::found) << path;
    return store->know(found.key, found.canonical);
  }
  /// Marks the pages of class 0 whose first parameter is `value`.
  page_marks::marked mark(std::string_view value, mark_request what = {}, class_id of = 0) {
    const std::array values{value};
    return store->mark({.of = of, .bound = 1, .values = values, .what = std::move(what)}, now);
  }
  new_content content_of(std::string body, std::uint16_t status = 200) {
    new_content c;
    c.status = status;
    c.etag.fill('0');
    for (std::size_t i = 0; i < std::min(body.size(), c.etag.size()); ++i) c.etag[i] = body[i];
    c.make = [body, status](sequence version) -> entry_ptr {
      auto made = entry::make(body);
      made->version = version;
      made->status = status;
      for (std::size_t i = 0; i < made->etag.size(); ++i)
        made->etag[i] = i < body.size() ? body[i] : '0';
      return made;
    };
    return c;
  }
  claim take(class_id of = 0) {
    auto c = store->claim_next(of, now);
    EXPECT_TRUE(c) << "nothing is due";
    return c.value_or(claim{});
  }
  commit_outcome put(const claim& c, new_content content) {
    return store->commit(c.ref, c.token, {.good = c.parts}, content, c.from, now);
  }
  commit_outcome put(const claim& c, std::string body) {
    return put(c, content_of(std::move(body)));
  }
  bool fail_it(const claim& c) {
    return store->fail(
        c.ref, c.token,
        {.bad = c.parts, .failure = std::make_shared<const error>(fail(errc::timed_out))}, now);
  }
  page_ref built(std::string_view path, std::string body = "one", class_id of = 0) {
    const auto page = know(path);
    store->ask(page, lane::visitor, cause::miss, now);
    EXPECT_TRUE(put(take(of), std::move(body)).accepted);
    return page;
  }
  const view& shown(page_ref page) { return *store->slot_of(page)->current.load(); }
  std::string fragment(page_ref page) { return std::string(shown(page).fragment()); }

  mono_time now{1h};
  std::optional<page_store> store;
  std::vector<change_ptr> changed;
  std::vector<page_ref> settled;
  int work = 0;
  int fragments = 0;

 private:
  config::loaded loaded_;
  site site_;
};

}  // namespace freshet::test
