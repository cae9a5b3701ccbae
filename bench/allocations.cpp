/// Ends with 1 when a hit, a 304 or one event to all its subscribers allocates, or when a
/// subscriber takes more than a KiB: no timing, only operator new, counted.
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "bench/support/answers.hpp"
#include "bench/support/front.hpp"
#include "bench/support/streams.hpp"
#include "core/config/settings.hpp"
#include "net/api/public/stream_seats.hpp"
#include "net/http/head/scanner.hpp"
#include "net/sse/hub_loop.hpp"
#include "store/cache/cache_home.hpp"
#include "store/page/site.hpp"

namespace {

std::size_t allocations = 0;
std::size_t live_bytes = 0;  // as the allocator rounds them

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  const auto rounded = (bytes + alignment - 1) / alignment * alignment;
  void* const at = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (at == nullptr) throw std::bad_alloc();
  live_bytes += malloc_usable_size(at) + sizeof(std::size_t);
  return at;
}

void counted_free(void* at) noexcept {
  if (at != nullptr) live_bytes -= malloc_usable_size(at) + sizeof(std::size_t);
  std::free(at);
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
void operator delete(void* at) noexcept { counted_free(at); }
void operator delete[](void* at) noexcept { counted_free(at); }
void operator delete(void* at, std::size_t) noexcept { counted_free(at); }
void operator delete[](void* at, std::size_t) noexcept { counted_free(at); }
void operator delete(void* at, std::align_val_t) noexcept { counted_free(at); }
void operator delete[](void* at, std::align_val_t) noexcept { counted_free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { counted_free(at); }
void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { counted_free(at); }

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
    home_.index().with(match_.canonical, [&](const slot& s, const view& v) {
      const http::page_text page{*v.content, s.path(), api::hit_lines(v.fragment())};
      status = http::answer_page(head, page, page_.block(), batch).status;
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
/// readers add to that. `pages` of them change in one turn.
void expect_free_fan_out(const char* what, watched how, page_ref pages = 1) {
  constexpr int rounds = 64;
  const auto cost = [&](std::size_t readers) {
    watched_hub hub(readers, how);
    std::size_t sum = 0;
    for (int i = 0; i < 2 * rounds; ++i) {
      std::vector<change_ptr> news;
      for (page_ref p = 0; p < pages; ++p) news.push_back(hub.changes().publish(p, path_of(p)));
      const auto before = allocations;
      for (const auto& c : news) hub.expect(c);
      hub.flush();
      if (i >= rounds) sum += allocations - before;
    }
    if (hub.events() != readers * pages * 2 * rounds) std::abort();
    return static_cast<double>(sum) / rounds;
  };
  const double one = cost(1), thousand = cost(1000);
  std::printf("%-44s %8.2f allocations (frame alone: %.2f)\n", what, thousand - one, one);
  failures += thousand > one;
}

/// What the process keeps for one more stream, its socket and its seat among them.
void expect_small_streams() {
  constexpr std::size_t count = 200;
  boost::asio::io_context ctx{1};
  logged_changes changes;
  real_clock time;
  const auto seats = std::make_shared<api::stream_seats>(0);
  std::vector<int> readers;
  readers.reserve(2 * count);
  sse::hub_loop loop(ctx.get_executor(), time, changes, {}, {}, 1);
  std::size_t before = 0;
  for (std::size_t i = 0; i < 2 * count; ++i) {
    if (i == count) before = live_bytes;
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
    sse::stream_request request;
    request.watch.add(path_of(0));
    if (!loop.attach(pair[0], std::move(request), sse::stream_head(),
                     seats->take(boost::asio::ip::address_v4::loopback())))
      std::abort();
    readers.push_back(pair[1]);
  }
  const auto each = static_cast<double>(live_bytes - before) / count;
  std::printf("%-44s %8.0f B\n", "one more stream", each);
  failures += each > 1024;
  for (const int r : readers) ::close(r);
}

/// The same from socket to socket: what came in one turn, answered with one write.
class visitor {
 public:
  visitor() {
    server_.start();
    socket_.connect(server_.local());
    socket_.set_option(http::asio::ip::tcp::no_delay(true));
    socket_.non_blocking(true);
  }
  ~visitor() { server_.stop(); }

  void ask(std::string_view bytes, std::size_t answers) {
    const auto before = served();
    boost::system::error_code ec;
    if (socket_.write_some(http::asio::buffer(bytes), ec) != bytes.size()) std::abort();
    std::array<char, 64 * 1024> answer;
    while (served() < before + answers || socket_.available() > 0) {
      server_.poll();
      if (socket_.read_some(http::asio::buffer(answer), ec) > 0) continue;
      if (ec != http::asio::error::would_block) std::abort();
    }
  }

 private:
  std::uint64_t served() const { return server_.counts().heads_scanned; }

  front server_{0, 0, 0};
  http::asio::io_context ctx_;
  http::asio::ip::tcp::socket socket_{ctx_};
};

int run() {
  requests ask;
  expect_none("hit: head, page key, cache, answer", [&] { ask.answer(browser_head, 200); });
  expect_none("304: head, page key, cache, answer", [&] { ask.answer(ask.again(), 304); });
  {
    visitor one;
    const std::string hit = "GET /1k.json HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string again = "GET /1k.json HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n";
    std::string many;
    for (int i = 0; i < 16; ++i) many += hit;
    expect_none("hit: from socket to socket", [&] { one.ask(hit, 1); });
    expect_none("304: from socket to socket", [&] { one.ask(again, 1); });
    expect_none("16 pipelined hits: from socket to socket", [&] { one.ask(many, 16); });
  }
  expect_free_fan_out("one event to 999 more readers of a page", watched::page);
  expect_free_fan_out("one event to 999 more readers of a pattern", watched::pattern);
  expect_free_fan_out("one event to 999 more with their own pattern", watched::own_pattern);
  expect_free_fan_out("8 events in a turn to 999 more readers", watched::pattern, 8);
  expect_small_streams();
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace freshet::bench

int main() { return freshet::bench::run(); }
