#include "connectors/catchup/stream_report.hpp"

namespace freshet {

std::string_view name_of(gap_cause why) {
  switch (why) {
    case gap_cause::start:
      return "start";
    case gap_cause::reconnect:
      return "reconnect";
    case gap_cause::silence:
      return "silence";
    case gap_cause::sequence:
      return "sequence";
  }
  return "";
}

}  // namespace freshet
