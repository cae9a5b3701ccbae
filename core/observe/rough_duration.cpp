#include "core/observe/rough_duration.hpp"

#include <fmt/format.h>

namespace freshet {

std::string rough_duration(std::chrono::nanoseconds d) {
  using namespace std::chrono;
  if (d < seconds{1}) return fmt::format("{}ms", duration_cast<milliseconds>(d).count());
  if (d < minutes{1}) return fmt::format("{}s", duration_cast<seconds>(d).count());
  if (d < hours{1}) return fmt::format("{}m", duration_cast<minutes>(d).count());
  if (d < days{1}) return fmt::format("{}h", duration_cast<hours>(d).count());
  return fmt::format("{}d", duration_cast<days>(d).count());
}

}  // namespace freshet
