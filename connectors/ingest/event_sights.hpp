#pragma once

#include <array>
#include <cstdint>

#include "connectors/rules/rule_sight.hpp"

namespace freshet {

/// Why a rule whose topic fits gave an event no page.
struct rule_note {
  std::uint32_t rule = 0;
  rule_outcome what = rule_outcome::matched;
  field_shape shape = field_shape::usable;
  std::uint16_t term = 0;
  bool operator==(const rule_note&) const = default;
};

/// What the rules made of one event, as far as people ask later.
///
/// Shape: the first `notes_max` different notes; no allocation.
class event_sights final : public rule_witness {
 public:
  static constexpr std::size_t notes_max = 6;
  using notes = std::array<rule_note, notes_max>;

  void clear() { count_ = 0; }
  void saw(const rule_sight& sight) override;
  const notes& all() const { return notes_; }
  std::uint8_t count() const { return count_; }

 private:
  notes notes_{};
  std::uint8_t count_ = 0;
};

}  // namespace freshet
