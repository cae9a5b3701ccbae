/// bench_http_front PORT KEYS BYTES: for curves over many keys and for profiles. The ratios come
/// from the whole product (measure.py).
#include "bench/support/front.hpp"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bench_http_front PORT KEYS BYTES\n", stderr);
    return 2;
  }
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  freshet::bench::front(static_cast<std::uint16_t>(number(1)),
                        static_cast<freshet::page_ref>(number(2)), number(3))
      .run();
}
