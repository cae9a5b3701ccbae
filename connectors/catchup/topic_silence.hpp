#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/config/settings.hpp"
#include "core/text/topic_trie.hpp"

namespace freshet {

/// Topics of one bus that are quiet for longer than `expect_every` says: one dead publisher among
/// many leaves the bus as loud as it was.
///
/// Shape:    pure. One line per pattern; one that never spoke is silent since the start. Each is
///           told when it falls silent, and again after twice, four times, .. the silence, at most
///           every hour: what was tried against it did not help.
/// Lifetime: the settings outlive it.
/// Threads:  the owner's only; `now` never goes back.
class topic_silence {
 public:
  struct quiet {
    std::string_view pattern;  // "" = the bus as a whole
    std::chrono::nanoseconds for_now;
    std::chrono::nanoseconds expected;
    mono_time since;
    bool again;  // it was told before
  };

  topic_silence(const config::bus_settings& bus, mono_time start);

  /// A message came. The patterns that had been told as silent and speak again.
  std::vector<quiet> heard(std::string_view topic, mono_time now);
  /// What is to be told now.
  std::vector<quiet> due(mono_time now);
  /// What is silent now.
  std::vector<quiet> silent(mono_time now) const;
  bool watches() const { return !rows_.empty(); }

 private:
  struct row {
    std::string_view pattern;
    std::chrono::nanoseconds every;
    mono_time heard;
    mono_time tell_at;
    bool told = false;
  };
  static quiet quiet_of(const row& r, mono_time now, bool again);

  std::vector<row> rows_;
  topic_trie trie_;
  std::vector<std::uint32_t> hit_;  // scratch
};

}  // namespace freshet
