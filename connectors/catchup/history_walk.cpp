#include "connectors/catchup/history_walk.hpp"

#include <algorithm>

#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

/// Each divides the one before it, so that a smaller page begins where a larger one did.
constexpr std::array<std::uint32_t, 5> page_rows{100, 50, 10, 5, 1};

std::chrono::nanoseconds pause_after(unsigned failures, std::chrono::seconds retry_after,
                                     std::uint64_t random) {
  using std::chrono::nanoseconds;
  const nanoseconds most = std::min<nanoseconds>(
      std::chrono::milliseconds{500} * (1u << std::min(failures, 10u)), std::chrono::minutes{1});
  const auto share = static_cast<double>(random >> 11) / 9007199254740992.0;  // [0, 1)
  return std::max<nanoseconds>(retry_after, {}) +
         nanoseconds(static_cast<std::int64_t>(static_cast<double>(most.count()) * share));
}

}  // namespace

std::string_view name_of(history_lie lie) {
  switch (lie) {
    case history_lie::order:
      return "order";
    case history_lie::outside:
      return "outside";
    case history_lie::promised:
      return "promised";
    case history_lie::more:
      return "more";
    case history_lie::repeated:
      return "repeated";
    case history_lie::too_many:
      return "too_many";
  }
  return "";
}

std::string_view name_of(history_walk::end how) {
  switch (how) {
    case history_walk::end::none:
      return "under way";
    case history_walk::end::whole:
      return "whole";
    case history_walk::end::bounds:
      return "more than is taken in one go";
    case history_walk::end::senseless:
      return "the history contradicts itself";
    case history_walk::end::too_large:
      return "a message is too large";
  }
  return "";
}

history_walk::history_walk(wall_time from, wall_time to, limits most)
    : from_(std::min(from, to)), to_(to), reached_(from_), most_(most), rows_(page_rows.front()) {}

history_question history_walk::question() const { return {from_, to_, page_, rows_}; }

bool history_walk::doubt(history_lie which) {
  count(which);
  return ++doubts_ >= most_.doubts_max;
}

void history_walk::reach(const page_facts& page) {
  if (!page.in_order) {
    count(history_lie::order);
    orderly_ = false;
  }
  if (!orderly_ || !page.newest) return;
  if (*page.newest < reached_ && page.messages > page.outside) {
    count(history_lie::order);
    orderly_ = false;
    return;
  }
  reached_ = std::clamp(*page.newest, reached_, to_);
}

/// Only an empty page is an end: what is said of the number of pages is compared, never believed.
void history_walk::empty(const page_facts& page, mono_time now) {
  const bool promised = page.pages && *page.pages >= std::max<std::uint64_t>(page_, 2);
  if (!promised) return finish();
  // Asked again: a history that is being written to may not have it ready.
  not_before_ = now + std::chrono::seconds{1};
  if (doubt(history_lie::promised)) end_ = end::senseless;
}

void history_walk::finish() {
  end_ = end::whole;
  reached_ = to_;
}

void history_walk::answered(const page_facts& page, mono_time now) {
  ++asked_;
  failures_ = 0;
  not_before_ = now;
  claimed_ = page.pages;
  if (page.rows == 0) return empty(page, now);
  messages_ += page.messages;
  const bool all_outside = page.messages > 0 && page.outside == page.messages;
  const bool repeated = last_mark_ == page.mark && page_ > 1;
  last_mark_ = page.mark;
  if (page.rows > rows_) count(history_lie::too_many);
  if (page.pages && *page.pages < page_) count(history_lie::more);
  if (page.outside > 0 && !all_outside) count(history_lie::outside);
  if (all_outside || repeated) {
    if (doubt(repeated ? history_lie::repeated : history_lie::outside)) end_ = end::senseless;
  } else {
    doubts_ = 0;
    reach(page);
  }
  ++page_;
  if (!ended() && (asked_ >= most_.pages_max || messages_ >= most_.messages_max))
    end_ = end::bounds;
}

void history_walk::failed(const error& why, std::uint64_t random, mono_time now) {
  if (why.code == client_errc::too_large) {
    const auto* const at = std::find(page_rows.begin(), page_rows.end(), rows_);
    if (at + 1 == page_rows.end()) {
      end_ = end::too_large;
      return;
    }
    const auto before = (page_ - 1) * rows_;
    rows_ = *(at + 1);
    page_ = before / rows_ + 1;
    last_mark_ = 0;
    not_before_ = now;
    return;
  }
  // Behind the last page some say that there is nothing instead of giving nothing.
  const auto status = status_of(why.code);
  if ((status == 404 || status == 400) && claimed_ && page_ > *claimed_ && page_ > 1)
    return finish();
  ++failures_;
  not_before_ = now + pause_after(failures_, retry_after_of(why.code), random);
}

}  // namespace freshet
