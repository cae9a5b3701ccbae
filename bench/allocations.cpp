/// Ends with 1 when a hit, a 304 or one event to all its subscribers allocates: no timing, only
/// operator new, counted.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "bench/support/answers.hpp"
#include "bench/support/streams.hpp"
#include "core/config/settings.hpp"
#include "net/http/head/scanner.hpp"
#include "store/cache/cache_home.hpp"
#include "store/page/site.hpp"

namespace {

std::size_t allocations = 0;

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  const auto rounded = (bytes + alignment - 1) / alignment * alignment;
  void* const at = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t at) {
  return counted(bytes, static_cast<std::size_t>(at));
}
void* operator new[](std::size_t bytes, std::align_val_t at) {
  return counted(bytes, static_cast<std::size_t>(at));
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete[](void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }

namespace freshet::bench {
namespace {

int failures = 0;

/// Runs it some times to warm up, then counts.
template <class F>
void expect_none(const char* what, F&& f) {
  constexpr int warm_up = 64, measured = 64;
  for (int i = 0; i < warm_up; ++i) f();
  const auto before = allocations;
  for (int i = 0; i < measured; ++i) f();
  const auto each = static_cast<double>(allocations - before) / measured;
  std::printf("%-44s %8.2f allocations\n", what, each);
  failures += allocations != before;
}

/// Bytes from the socket to buffers for the socket: head, page key, cache, answer.
class requests {
 public:
  requests() {
    config::page_settings page;
    page.name = "builds";
    page.path = "/packages/{package}/builds.json";
    std::vector<config::diagnostic> problems;
    site_ = site::compile({page}, problems);
    auto& slot = home_.emplace("/packages/p0/builds.json", 0, 0);
    home_.publish(slot, page_.published());
    const auto etag = page_.published().content->etag;
    again_.assign(browser_head.substr(0, browser_head.size() - 2));
    again_ += "If-None-Match: \"" + std::string(etag.data(), etag.size()) + "\"\r\n\r\n";
  }

  void answer(std::string_view bytes, std::uint16_t expected) {
    http::request_head head;
    if (http::scan(bytes, 0, {}, head) != http::scanned::taken) std::abort();
    site_.find(head.target, match_);
    auto& batch = page_.batch();
    batch.clear();
    std::uint16_t status = 0;
    home_.index().with(match_.canonical, [&](const slot&, const view& v) {
      status = http::answer_page(head, v, page_.block(), batch).status;
    });
    if (status != expected || batch.buffers().empty()) std::abort();
  }
  std::string_view again() const { return again_; }

 private:
  one_page page_{1000};
  site site_;
  memory_account account_{std::size_t{1} << 30};
  cache_home home_{{.seed = 1}, account_};
  page_match match_;
  std::string again_;
};

/// A change and its frame have to be made once, whoever reads them; what is counted is what `more`
/// readers add to that.
void expect_free_fan_out(const char* what, watched how) {
  constexpr int rounds = 64;
  const auto cost = [&](std::size_t readers) {
    watched_hub hub(readers, how);
    const auto path = path_of(0);
    std::size_t sum = 0;
    for (int i = 0; i < 2 * rounds; ++i) {
      const auto c = hub.changes().publish(0, path);
      const auto before = allocations;
      hub.tell(c);
      if (i >= rounds) sum += allocations - before;
    }
    if (hub.events() != readers * 2 * rounds) std::abort();
    return static_cast<double>(sum) / rounds;
  };
  const double one = cost(1), thousand = cost(1000);
  std::printf("%-44s %8.2f allocations (frame alone: %.2f)\n", what, thousand - one, one);
  failures += thousand > one;
}

int run() {
  requests ask;
  expect_none("hit: head, page key, cache, answer", [&] { ask.answer(browser_head, 200); });
  expect_none("304: head, page key, cache, answer", [&] { ask.answer(ask.again(), 304); });
  expect_free_fan_out("one event to 999 more readers of a page", watched::page);
  expect_free_fan_out("one event to 999 more readers of a pattern", watched::pattern);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace freshet::bench

int main() { return freshet::bench::run(); }
