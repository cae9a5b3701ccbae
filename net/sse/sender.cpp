#include "net/sse/sender.hpp"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace freshet::sse {
namespace {

constexpr unsigned batch = 128;

std::ptrdiff_t answer_of(int result) {
  if (result >= 0) return result;
  return result == -EAGAIN || result == -ENOBUFS || result == -EINTR ? 0 : -1;
}

/// Shape: at most `batch` sends under way, none of them when send() returns: each is told not to
///        wait, so it is complete when the kernel has seen it.
class ring_sender final : public sender {
 public:
  explicit ring_sender(io_uring ring) : ring_(ring) {}
  ~ring_sender() override { leave(); }
  ring_sender(const ring_sender&) = delete;

  static std::unique_ptr<sender> open() {
    io_uring ring;
    // Newer kernels first: they skip locks and interrupts that we have no use for.
    for (const unsigned flags :
         {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN, 0u}) {
      io_uring_params wish{};
      wish.flags = flags;
      if (io_uring_queue_init_params(batch, &ring, &wish) != 0) continue;
      auto made = std::make_unique<ring_sender>(ring);
      if (made->works()) return made;
    }
    return nullptr;
  }

  void send(std::span<letter> letters) override {
    while (!letters.empty()) {
      if (broken_) return direct_.send(letters);
      const auto now = letters.first(std::min<std::size_t>(letters.size(), batch));
      send_batch(now);
      letters = letters.subspan(now.size());
    }
  }

 private:
  /// A kernel that knows the operation misses the socket; others, and filters, say something else.
  bool works() {
    io_uring_prep_send(io_uring_get_sqe(&ring_), -1, nullptr, 0, MSG_DONTWAIT);
    io_uring_cqe* answer = nullptr;
    if (io_uring_submit(&ring_) != 1 || io_uring_wait_cqe(&ring_, &answer) != 0) return false;
    const bool known = answer->res == -EBADF;
    io_uring_cqe_seen(&ring_, answer);
    return known;
  }

  void send_batch(std::span<letter> letters) {
    unsigned open = 0;
    for (auto& each : letters) {
      each.taken = -1;  // until the kernel says otherwise
      auto* entry = io_uring_get_sqe(&ring_);
      io_uring_prep_send(entry, each.to->descriptor(), each.bytes.data(), each.bytes.size(),
                         MSG_NOSIGNAL | MSG_DONTWAIT);
      io_uring_sqe_set_data(entry, &each);
      ++open;
    }
    while (open > 0) {
      const int done = io_uring_submit_and_wait(&ring_, open);
      // Anything else is a broken ring: nobody can say which bytes have left, so the streams of
      // what is not answered end, and resume by their ids.
      if (done < 0 && done != -EINTR && done != -EAGAIN && done != -EBUSY) return leave();
      open -= reap();
    }
  }

  void leave() {
    if (!std::exchange(broken_, true)) io_uring_queue_exit(&ring_);
  }

  unsigned reap() {
    unsigned head = 0, count = 0;
    io_uring_cqe* answer = nullptr;
    io_uring_for_each_cqe(&ring_, head, answer) {
      static_cast<letter*>(io_uring_cqe_get_data(answer))->taken = answer_of(answer->res);
      ++count;
    }
    io_uring_cq_advance(&ring_, count);
    return count;
  }

  io_uring ring_;
  bool broken_ = false;
  direct_sender direct_;
};

}  // namespace

void direct_sender::send(std::span<letter> letters) {
  for (auto& each : letters) {
    const auto taken = each.to->try_write(each.bytes);
    each.taken = taken ? static_cast<std::ptrdiff_t>(*taken) : -1;
  }
}

std::unique_ptr<sender> make_batch_sender() {
  auto ring = ring_sender::open();
  if (ring) return ring;
  return std::make_unique<direct_sender>();
}

}  // namespace freshet::sse
