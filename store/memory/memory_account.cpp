#include "store/memory/memory_account.hpp"

#include <cassert>

namespace freshet {

std::string_view name_of(memory_kind kind) {
  static constexpr std::array<std::string_view, memory_kinds> names{
      "slots", "views", "bodies", "encodings", "ledger", "index", "ghosts", "changes", "events"};
  return names[static_cast<std::size_t>(kind)];
}

void memory_account::up(figure& f, std::size_t bytes) {
  f.store(f.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
}

void memory_account::down(figure& f, std::size_t bytes) {
  const auto before = f.load(std::memory_order_relaxed);
  assert(before >= bytes && "taken back more than was added");
  f.store(before - bytes, std::memory_order_relaxed);
}

void memory_account::add(memory_kind kind, std::size_t bytes) {
  up(kinds_[static_cast<std::size_t>(kind)], bytes);
  up(total_, bytes);
}

void memory_account::remove(memory_kind kind, std::size_t bytes) {
  down(kinds_[static_cast<std::size_t>(kind)], bytes);
  down(total_, bytes);
}

void memory_account::replace(memory_kind kind, std::size_t before, std::size_t after) {
  add(kind, after);
  remove(kind, before);
}

void memory_account::retire(std::size_t bytes) { up(leaving_, bytes); }

void memory_account::release(std::size_t bytes) { down(leaving_, bytes); }

std::size_t memory_account::excess() const {
  const auto staying = used() - leaving();
  return staying > limit_ ? staying - limit_ : 0;
}

}  // namespace freshet
