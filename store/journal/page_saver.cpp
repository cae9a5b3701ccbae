#include "store/journal/page_saver.hpp"

#include <algorithm>

namespace freshet {
namespace {

wall_time after(wall_time wall, std::chrono::nanoseconds by) {
  return wall + std::chrono::duration_cast<wall_time::duration>(by);
}

/// All but what only the change log and the entry know.
saved_page saved(const freshness& is, const page_trouble& trouble, wall_time wall) {
  saved_page out;
  out.version = is.version;
  out.have = is.have;
  out.verified = is.verified;
  out.why = is.why;
  out.from = is.from;
  out.floor = is.floor;
  out.floor_unmet = is.floor_unmet;
  out.reread = is.reread;
  for (const auto& part : is.parts) {
    out.parts.push_back({part.want, part.have});
    if (part.failure && out.failure.empty()) out.failure = part.failure->text();
  }
  out.attempts = static_cast<std::uint8_t>(std::min(trouble.attempts, 255u));
  out.errors = static_cast<std::uint8_t>(std::min(trouble.errors, 255u));
  out.errors_since = after(wall, -trouble.errors_age);
  if (trouble.parked_for) out.parked_until = after(wall, *trouble.parked_for);
  return out;
}

}  // namespace

std::size_t page_saver::cut(journal_batch& into, std::size_t most, std::uint64_t body_bytes,
                            page_row& last_row, mono_time now, wall_time wall) {
  std::size_t taken = 0;
  while (taken < most && into.body_bytes < body_bytes) {
    const auto note = notes_.take();
    if (!note) break;
    ++taken;
    if (store_.slot_of(note->page) != nullptr)
      add(into, note->page, note->with_content, last_row, now, wall);
  }
  return taken;
}

void page_saver::add(journal_batch& into, page_ref page, bool with_content, page_row& last_row,
                     mono_time now, wall_time wall) {
  const auto& s = *store_.slot_of(page);
  const auto is = store_.book().status(page);
  const auto trouble = store_.book().trouble(page, now);
  auto row = notes_.row_of(page);
  if (row == 0) {
    if (is.version == 0 && !trouble.any()) return;
    notes_.set_row(page, row = ++last_row);
    with_content = true;
  }
  auto& out = into.pages.emplace_back();
  out.of = s.page;
  out.what = saved(is, trouble, wall);
  out.what.row = row;
  out.what.path = s.path();
  out.what.popularity = s.popularity.load(std::memory_order_relaxed);
  if (const auto content = with_content ? store_.content(page) : nullptr) {
    into.body_bytes += content->body().size();
    out.content = content;
  }
  if (const auto last = store_.changes().newest(page); last && last->at == is.version) {
    out.what.change_event = last->event_id;
    out.what.change_topic = last->topic;
    out.what.change_etag = last->etag;
  }
}

void page_saver::finish(journal_batch& into) {
  into.classes = classes_;
  into.forgotten = notes_.take_forgotten();
  into.gone = notes_.take_gone();
  into.dropped = std::max(store_.changes().dropped(), notes_.gone_lost());
  into.changed = store_.changes().last();
}

void page_saver::give_back(const journal_batch& batch) {
  for (const auto& page : batch.pages) {
    // By path: it may have been forgotten meanwhile, or a reload may have numbered it anew.
    const auto ref = store_.find(page.what.path);
    if (ref == no_page) continue;
    if (page.content) {
      notes_.content(ref);
    } else {
      notes_.state(ref);
    }
  }
  notes_.give_back(batch.forgotten, batch.gone);
}

void page_saver::note_everything() {
  store_.for_each_known([this](const slot& s) { notes_.content(s.ref); });
}

}  // namespace freshet
