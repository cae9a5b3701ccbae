#pragma once

#include <memory>
#include <string>

#include "store/entry.hpp"

namespace freshet {

/// One line of the change log: what happened last to one page. Immutable, shared by all loops.
struct change {
  enum class kind : std::uint8_t { reload, deleted };

  sequence at = 0;
  kind what = kind::reload;
  class_id page = 0;
  page_ref ref = no_page;
  std::string path;  // canonical
  std::string etag;  // 32 hex digits; "" when deleted
  std::string event_id;
  std::string topic;
  mono_time received{};  // of the event; the clock's epoch = none
  entry_ptr content;     // for push = "full"
  bool full = false;     // streams carry the page itself, when it is small
  bool guarded = false;  // told only to streams that name the page: those were asked who they are
};
using change_ptr = std::shared_ptr<const change>;

}  // namespace freshet
