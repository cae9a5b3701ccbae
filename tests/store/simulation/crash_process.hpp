#pragma once

#include "store/page/site.hpp"
#include "tests/store/simulation/crash_world.hpp"

namespace freshet::test {

/// The configuration of a crash_world.
struct things {
  config::settings settings;
  site pages;
};
const things& all_things();

inline const std::vector<std::string> class_names{"p", "q"};
inline constexpr sequence numbers_ahead = 100'000;

inline class_id class_of(unsigned page) { return static_cast<class_id>(page % 2); }
inline unsigned parts_of(unsigned page) { return page % 2 == 0 ? 1 : 2; }
inline std::string name_of(unsigned page) { return "p" + std::to_string(page); }
inline std::string path_of(unsigned page) {
  return (page % 2 == 0 ? "/p/" : "/q/") + name_of(page);
}
inline unsigned page_of(std::string_view path) { return static_cast<unsigned>(path.back() - '0'); }

struct crash_world::process {
  explicit process(unsigned run) : number(run) {}
  unsigned number;
  unsaved_pages notes;
  std::optional<page_store> store;
  std::optional<page_saver> saver;
  page_row last_row = 0;
  sequence reserved = 0;
  std::vector<saved_doubt> doubts;  // that the disk does not have yet
  bool bodies_read = false;
  bool stopping = false;

  std::size_t position = 0;  // every message before it was taken, or is not missed any more
  std::size_t written_position = 0;
  std::set<std::size_t> ahead;  // taken, beyond the position
  bool hole_noted = false;
  std::vector<class_doubts::generation> suspected;  // by class, until the way here is known

  bool round_up = false;
  std::shared_ptr<journal_batch> being_written;
  std::array<unsigned, 2> flying{};
};

}  // namespace freshet::test
