#include "core/observe/log.hpp"
#include "store/journal/journal.hpp"
#include "store/journal/journal_errc.hpp"

// What an earlier run left: read by the journal's thread, a chunk at a time.

namespace freshet {
namespace {

constexpr std::size_t chunk_pages = 1024;
constexpr std::size_t chunk_bodies = 64;
constexpr std::size_t chunk_bytes = 1u << 20;

}  // namespace

asio::awaitable<result<journal_head>> journal::open() {
  const auto job = [file = file_, o = options_.file,
                    now = time_.wall_now()]() -> result<journal_file::opened> {
    auto made = journal_file::open(o, now);
    if (made) *file = std::move(made->file);
    return made;
  };
  auto made = co_await worker_.run(job);
  if (!made) co_return made.error();
  if (!made->aside.empty()) logger().error("journal: {}; it begins anew", made->aside);
  last_row_ = made->head.last_row;
  reserved_ = made->head.reserved;
  written_cursors_ = made->head.cursors;
  co_return std::move(made->head);
}

asio::awaitable<result<std::vector<recalled_page>>> journal::next_pages() {
  const auto job = [file = file_] { return (*file)->reader().pages(chunk_pages); };
  co_return co_await worker_.run(job);
}

asio::awaitable<result<std::vector<saved_change>>> journal::next_gone() {
  const auto job = [file = file_] { return (*file)->reader().gone(chunk_pages); };
  co_return co_await worker_.run(job);
}

asio::awaitable<result<std::vector<locked_event>>> journal::locked() {
  const auto job = [file = file_] { return (*file)->reader().locked(); };
  co_return co_await worker_.run(job);
}

asio::awaitable<result<std::vector<recalled_body>>> journal::next_bodies(
    std::vector<page_row> rows) {
  const auto job = [file = file_,
                    wanted = std::move(rows)]() -> result<std::vector<recalled_body>> {
    if (!*file || !(*file)->is_open()) return std::vector<recalled_body>{};  // it has ended
    auto& reader = (*file)->reader();
    return wanted.empty() ? reader.bodies(chunk_bodies, chunk_bytes) : reader.bodies_of(wanted);
  };
  co_return co_await worker_.run(job);
}

asio::awaitable<bool> journal::begin(std::uint64_t epoch, sequence first,
                                     std::vector<saved_doubt> doubts) {
  epoch_ = epoch;
  reserved_ = first + options_.reserve;
  doubts_ = std::move(doubts);
  const auto job = [file = file_, epoch, reserved = reserved_, told = doubts_] {
    return (*file)->begin(epoch, reserved, told);
  };
  const auto done = co_await worker_.run(job);
  begun_ = done.has_value();
  if (!begun_) {
    renew_ = !worth_another_try(done.error().code);
    note_failure(done.error());
  }
  co_return begun_;
}

}  // namespace freshet
