#include "connectors/inspect/json_time.hpp"

#include <fmt/format.h>

namespace freshet {

void write_time(json::writer& w, wall_time at) {
  if (at == wall_time{}) {
    w.null();
    return;
  }
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(at - day)};
  w.string(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count()));
}

}  // namespace freshet
