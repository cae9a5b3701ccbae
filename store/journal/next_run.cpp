#include "store/journal/next_run.hpp"

#include <algorithm>

#include "store/journal/journal_errc.hpp"

namespace freshet {
namespace {

/// Only of a page that exists: what else was answered is built again soon enough.
std::optional<content_mark> shown_of(const saved_page& page) {
  std::array<char, 32> etag{};
  if (page.change_etag.size() != etag.size()) return std::nullopt;
  std::ranges::copy(page.change_etag, etag.begin());
  return content_mark(etag, 200);
}

freshness freshness_of(const saved_page& page, class_id of, sequence doubted_since,
                       bool forgetful) {
  freshness was;
  was.page = of;
  was.version = page.version;
  was.have = page.have;
  was.verified = page.verified;
  was.why = page.why;
  was.next_why = cause::event;
  was.from = page.from;
  was.floor = page.floor;
  was.floor_unmet = page.floor_unmet;
  was.reread = page.reread;
  std::shared_ptr<const error> failure;
  if (!page.failure.empty())
    failure = std::make_shared<const error>(journal_errc::earlier, page.failure);
  for (const auto& part : page.parts) {
    auto& out = was.parts.emplace_back();
    out.want = part.want;
    out.have = part.have;
    was.want = std::max(was.want, part.want);
    if (part.want > part.have) out.failure = failure;
    if (forgetful || part.have < doubted_since) out.state = freshness_state::unverified;
  }
  return was;
}

page_trouble trouble_of(const saved_page& page, wall_time now) {
  page_trouble out;
  out.attempts = page.attempts;
  out.errors = page.errors;
  out.errors_age = std::max<std::chrono::nanoseconds>(now - page.errors_since, {});
  // A clock that was set back must not keep a page parked for ever; the ledger knows its longest.
  if (page.parked_until)
    out.parked_for = std::max<std::chrono::nanoseconds>(*page.parked_until - now, {});
  return out;
}

}  // namespace

run_start next_run(const journal_head& before, std::uint64_t wall_micros) {
  return {before.clean ? before.epoch : std::max(before.epoch + 1, wall_micros),
          std::max<sequence>(before.reserved + 1, wall_micros)};
}

std::vector<saved_doubt> doubts_of_next_run(const journal_head& before, sequence first,
                                            std::span<const std::string> names,
                                            const std::vector<bool>& missed) {
  std::vector<saved_doubt> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto was = doubted_since(before.doubts, names[i]);
    if (!before.clean || missed[i]) {
      out.push_back({names[i], first});
    } else if (was != 0) {
      out.push_back({names[i], was});
    }
  }
  return out;
}

sequence doubted_since(std::span<const saved_doubt> doubts, std::string_view class_name) {
  const auto found = std::ranges::find(doubts, class_name, &saved_doubt::class_name);
  return found == doubts.end() ? 0 : found->since;
}

bool contradicts(const saved_page& page, const journal_head& before) {
  const auto beyond = [&](const saved_page::part& part) {
    return std::max(part.want, part.have) > before.reserved;
  };
  return page.version > before.reserved || page.have > before.reserved ||
         std::ranges::any_of(page.parts, beyond);
}

remembered_page remembered(const saved_page& page, class_id of, sequence doubted_since,
                           bool forgetful, wall_time now) {
  remembered_page out;
  out.was = freshness_of(page, of, doubted_since, forgetful);
  out.trouble = trouble_of(page, now);
  out.popularity = page.popularity;
  out.shown = shown_of(page);
  return out;
}

std::shared_ptr<change> change_of(const saved_page& page, const journal_head& before, class_id of,
                                  page_ref ref) {
  // A page that was evicted and came back as it was: its change is among those of gone pages.
  if (!before.clean || page.version <= before.dropped || page.change_etag.empty()) return nullptr;
  return change_of(saved_change{page.version, change::kind::reload, "", page.path, page.change_etag,
                                page.change_event, page.change_topic},
                   of, ref);
}

std::shared_ptr<change> change_of(const saved_change& gone, class_id of, page_ref ref) {
  auto record = std::make_shared<change>();
  record->at = gone.at;
  record->what = gone.what;
  record->page = of;
  record->ref = ref;
  record->path = gone.path;
  record->etag = gone.etag;
  record->event_id = gone.event_id;
  record->topic = gone.topic;
  return record;
}

}  // namespace freshet
