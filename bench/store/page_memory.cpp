/// What a page takes, and that the bound holds: builds so many distinct pages in a store of so much
/// memory, and prints what the account, the heap and the kernel say.
///
///   bench_page_memory [PAGES = 1000000] [MEMORY MiB = 8192] [BODY BYTES = 200]
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "bench/store/built_pages.hpp"

namespace freshet::bench {
namespace {

struct memory_figures {
  std::size_t rss = 0;
  std::size_t heap = 0;  // handed out by malloc

  static memory_figures now() {
    memory_figures out;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    out.rss = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const auto info = mallinfo2();
    out.heap = info.uordblks + info.hblkhd;
    return out;
  }
};

void line(const char* what, std::size_t bytes, std::size_t pages) {
  std::printf("%-34s %12zu %10.1f\n", what, bytes,
              static_cast<double>(bytes) / static_cast<double>(pages));
}

struct pauses {
  double longest = 0, sum = 0;
  std::size_t over_2_ms = 0;
  void took(double us) {
    longest = std::max(longest, us);
    sum += us;
    over_2_ms += us > 2000;
  }
};

void report(const page_store& store, const memory_figures& before, std::size_t body_bytes) {
  const auto after = memory_figures::now();
  const auto& account = store.memory();
  const auto pages = store.known();
  std::printf("\n%-34s %12s %10s\n", "", "bytes", "a page");
  for (std::size_t k = 0; k < memory_kinds; ++k) {
    const auto kind = static_cast<memory_kind>(k);
    line(std::string(name_of(kind)).c_str(), account.used(kind), pages);
  }
  line("account, all of it", account.used(), pages);
  line("heap (malloc)", after.heap - before.heap, pages);
  line("process (RSS)", after.rss - before.rss, pages);
  const auto bodies = pages * body_bytes;
  const auto beside =
      bodies + account.used(memory_kind::changes) + account.used(memory_kind::ghosts);
  line("account of the pages, less bodies", account.used() - beside, pages);
  line("RSS less bodies, changes, ghosts", after.rss - before.rss - beside, pages);
}

int run(std::size_t count, std::size_t memory, std::size_t body_bytes) {
  const auto before = memory_figures::now();
  built_pages pages(memory, body_bytes);
  pauses each;
  std::size_t most = 0, most_rss = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const auto begin = std::chrono::steady_clock::now();
    pages.build(n);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    each.took(took.count());
    most = std::max(most, pages.store().memory().used());
    if (n % 4096 == 0) most_rss = std::max(most_rss, memory_figures::now().rss);
  }
  std::printf("%zu pages offered, %zu known; %.2f us each, longest pause %.0f us, %zu over 2 ms\n",
              count, pages.store().known(), each.sum / static_cast<double>(count), each.longest,
              each.over_2_ms);
  std::printf("limit %zu MiB, account at most %.2f MiB, RSS at most %.2f MiB (allowed %.0f)\n",
              memory >> 20u, static_cast<double>(most) / (1 << 20),
              static_cast<double>(most_rss) / (1 << 20),
              static_cast<double>(memory) * 1.25 / (1 << 20) + 64);
  report(pages.store(), before, body_bytes);
  return most > memory + memory / 8 || most_rss > memory + memory / 4 + (64u << 20);
}

}  // namespace
}  // namespace freshet::bench

int main(int count, char** words) {
  const auto number = [&](int at, std::size_t otherwise) {
    return count > at ? std::strtoull(words[at], nullptr, 10) : otherwise;
  };
  return freshet::bench::run(number(1, 1'000'000), number(2, 8192) << 20u, number(3, 200));
}
