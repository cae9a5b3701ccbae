#pragma once

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <string>
#include <vector>

#include "connectors/document/document_builder.hpp"

namespace freshet {

/// How the last refresh of a page went, for `explain`.
struct refresh_record {
  wall_time at{};
  cause why = cause::miss;
  std::vector<call_record> calls;
  bool changed = false;
  std::string failure;
};

/// The newest refreshes by page; oldest out.
///
/// Shape:   at most `most` pages.
/// Threads: home loop only.
class refresh_history {
 public:
  explicit refresh_history(std::size_t most = 10'000) : most_(most) {}

  void keep(page_ref page, refresh_record record);
  /// Null when it is not known (any more).
  const refresh_record* find(page_ref page) const;

 private:
  std::size_t most_;
  std::deque<page_ref> order_;
  absl::flat_hash_map<page_ref, refresh_record> records_;
};

}  // namespace freshet
