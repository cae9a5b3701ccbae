#include "store/body_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace freshet {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t inode_bytes = 1024;

std::atomic<std::size_t> open_now{0};

bool write_all(int descriptor, std::string_view body) {
  while (!body.empty()) {
    const auto n = ::write(descriptor, body.data(), body.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    body.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

/// A sixteenth of the descriptors: connections have the most of them.
std::size_t body_file::most() {
  static const std::size_t most = [] {
    rlimit limit{};
    const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
    return std::min<std::size_t>(256, known ? limit.rlim_cur / 16 : 0);
  }();
  return most;
}

std::unique_ptr<const body_file> body_file::make(std::string_view body) {
  if (open_now.load(std::memory_order_relaxed) >= most()) return nullptr;
  const int made = ::memfd_create("freshet-body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) return nullptr;
  const auto pages = (body.size() + page_bytes - 1) / page_bytes;
  std::unique_ptr<const body_file> out(new body_file(made, pages * page_bytes + inode_bytes));
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (!write_all(made, body) || ::fcntl(made, F_ADD_SEALS, seals) != 0) return nullptr;
  return out;
}

body_file::body_file(int descriptor, std::size_t bytes) : descriptor_(descriptor), bytes_(bytes) {
  open_now.fetch_add(1, std::memory_order_relaxed);
}

body_file::~body_file() {
  ::close(descriptor_);
  open_now.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace freshet
