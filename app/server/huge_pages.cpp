#include "app/server/huge_pages.hpp"

#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace freshet::app {
namespace {

constexpr const char* variable = "GLIBC_TUNABLES";
#ifdef FRESHET_SANITIZED
constexpr bool is_glibc = false;  // sanitizers have an allocator of their own
#else
constexpr bool is_glibc = true;
#endif

std::string contents(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// With `[always]` the heap has them anyway, with `[never]` nobody does.
bool are_for_who_asks() {
  return contents("/sys/kernel/mm/transparent_hugepage/enabled").find("[madvise]") !=
         std::string::npos;
}

}  // namespace

void restart_with_huge_pages() {
  if (!is_glibc || std::getenv(variable) != nullptr || !are_for_who_asks()) return;
  char path[PATH_MAX + 1] = {};
  if (readlink("/proc/self/exe", path, PATH_MAX) <= 0) return;
  std::string words = contents("/proc/self/cmdline");
  if (words.empty() || words.back() != '\0') return;
  std::vector<char*> arguments;
  for (std::size_t at = 0; at < words.size(); at = words.find('\0', at) + 1)
    arguments.push_back(words.data() + at);
  arguments.push_back(nullptr);
  setenv(variable, "glibc.malloc.hugetlb=1", 1);
  execv(path, arguments.data());
  // It could not: then without. The variable stays, so that nobody tries again.
}

}  // namespace freshet::app
