#include "connectors/ingest/event_sights.hpp"

#include <algorithm>

namespace freshet {

void event_sights::saw(const rule_sight& sight) {
  if (sight.what == rule_outcome::matched || count_ == notes_max) return;
  const rule_note note{sight.rule, sight.what, sight.shape, sight.term};
  const auto end = notes_.begin() + count_;
  if (std::find(notes_.begin(), end, note) == end) notes_[count_++] = note;
}

}  // namespace freshet
