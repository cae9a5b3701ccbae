#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/load.hpp"
#include "net/api/public/fragment.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "store/home/page_store.hpp"

namespace freshet::bench {

/// A page store as the server has it: one class of pages with one rule, heads and fragments as they
/// are served, bodies of a given size; the upstream answers at once.
class built_pages {
 public:
  built_pages(std::size_t memory, std::size_t body_bytes) : body_bytes_(body_bytes) {
    loaded_ = config::parse(
        "[upstream.u]\nkind = 'demo'\n"
        "[page.builds]\npath = '/packages/{package}/builds.json'\n"
        "fetch = { upstream = 'u', get = '/x/{package}' }\n"
        "on = [{ topic = 't.#', set = { package = '/msg/name' } }]\n");
    std::vector<config::diagnostic> problems;
    site_ = site::compile(loaded_.value.pages, problems);
    if (!loaded_.ok() || !problems.empty()) throw std::logic_error("the bench's configuration");
    store_hooks hooks;
    hooks.fragment = [](const freshness& f) { return api::fragment(f); };
    page_store::options options;
    options.memory = memory;
    options.first = 1'763'690'400'000'000;  // the clock's microseconds, as without a journal
    store_ = std::make_unique<page_store>(loaded_.value, site_, options, std::move(hooks));
  }

  /// A visitor's miss from beginning to end.
  page_ref build(std::size_t n) {
    now_ += std::chrono::microseconds(10);
    site_.find(fmt::format("/packages/p{}/builds.json", n), match_);
    const auto page = store_->know(match_.key, match_.canonical);
    if (page == no_page) throw std::runtime_error("memory is full of pinned pages");
    store_->ask(page, lane::visitor, cause::miss, now_);
    const auto c = store_->claim_next(0, now_);
    if (c) commit(*c, n);
    store_->tick(now_);
    return page;
  }
  void commit(const claim& c, std::size_t n) {
    std::string body(body_bytes_, static_cast<char>('a' + n % 26));
    new_content content;
    content.etag = http::content_etag(body);
    content.make = [&](sequence version) -> entry_ptr {
      return http::build_entry({.body = body,
                                .type = "application/json",
                                .cache_control = "no-cache",
                                .version = version,
                                .modified = wall_time{std::chrono::seconds(1'763'690'400)},
                                .etag = content.etag});
    };
    store_->commit(c.ref, c.token,
                   {.good = c.parts, .verified = wall_time{std::chrono::seconds(1'763'690'400)}},
                   content, c.from, now_);
  }

  page_store& store() { return *store_; }
  mono_time now() const { return now_; }

 private:
  std::size_t body_bytes_;
  config::loaded loaded_;
  site site_;
  std::unique_ptr<page_store> store_;
  page_match match_;
  mono_time now_{std::chrono::hours(1)};
};

}  // namespace freshet::bench
