#include "store/ledger/cause.hpp"

namespace freshet {

std::string_view text_of(cause why) {
  switch (why) {
    case cause::event:
      return "event";
    case cause::miss:
      return "miss";
    case cause::sweep:
      return "sweep";
    case cause::reread:
      return "reread";
    case cause::timer:
      return "timer";
    case cause::hand:
      return "hand";
    case cause::warm:
      return "warm";
  }
  return "unknown";
}

}  // namespace freshet
