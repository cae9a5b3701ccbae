#pragma once

#include <vector>

#include "store/cache/cache_home.hpp"
#include "store/eviction/eviction.hpp"
#include "tests/store/cache/pages.hpp"

namespace freshet::test {

/// Cache and eviction wired as the composition root does it; refs of dropped pages are used again.
struct store {
  explicit store(std::size_t limit) : account(limit) {}

  page_ref build(const std::string& path, std::size_t body_bytes) {
    const slot* known = home.index().find(path);
    const auto ref = known != nullptr ? known->ref : fresh_ref();
    auto& s = home.emplace(path, 0, ref);
    if (known == nullptr) ghost_seen = evict.admit(s, home.bytes_of(s));
    home.publish(s, make_view(++version, body_bytes));
    evict.resize(s, home.bytes_of(s));
    shrink();
    return ref;
  }
  /// As many turns as it takes: small pages free little, and rows grow by chunks.
  void shrink() {
    constexpr std::size_t in_a_turn = 64;
    std::size_t count = in_a_turn;
    while (count == in_a_turn) {
      count = evict.shrink(in_a_turn, [this](page_ref ref, drop what) { dropped(ref, what); });
      home.collect();
    }
  }
  void dropped(page_ref ref, drop what) {
    auto& s = *home.at(ref);
    if (what == drop::body) {
      home.publish(s, {});
      evict.resize(s, home.bytes_of(s));
      return;
    }
    evict.leave_ghost(s);
    home.erase(s);
    free_refs.push_back(ref);
  }
  page_ref fresh_ref() {
    if (free_refs.empty()) return next_ref++;
    const auto ref = free_refs.back();
    free_refs.pop_back();
    return ref;
  }
  bool has_body(const std::string& path) {
    bool body = false;
    home.index().with(path, [&](const slot&, const view& v) { body = v.content != nullptr; });
    return body;
  }

  memory_account account;
  cache_home home{{.seed = 3}, account};
  eviction evict{account, [this](page_ref ref) -> auto& { return home.at(ref)->popularity; }};
  sequence version = 0;
  std::optional<ghost> ghost_seen;
  std::vector<page_ref> free_refs;
  page_ref next_ref = 0;
};

}  // namespace freshet::test
