#include "store/home/page_store.hpp"

// Pages that differ in their query only: a floor is checked on the one with the defaults.

namespace freshet {
namespace {

/// More are left to their own time (ledger_limits::follow_within).
constexpr std::size_t followers_max = 1024;

}  // namespace

/// A canonical path leaves defaults out, so the page with the defaults is the one without a query.
floor_role page_store::floor_role_of(page_ref page) const {
  const auto path = slot_of(page)->path();
  const auto query = path.find('?');
  if (query == std::string_view::npos) return floor_role::checked;
  return find(path.substr(0, query)) == no_page ? floor_role::unchecked : floor_role::follows;
}

/// The floor of a page is settled: now its variants read what it has read.
void page_store::have_followed(page_ref page, part_mask parts, const origin_ptr& from,
                               mono_time now) {
  const auto& s = *slot_of(page);
  if (!classes_[s.page].leads || s.path().find('?') != std::string_view::npos) return;
  const auto key = site_.find(s.path()).key;
  const auto captures = site_.page(s.page).path_parameters();
  const std::vector<std::string_view> values(
      key.values.begin(), key.values.begin() + static_cast<std::ptrdiff_t>(captures));
  tag_mark family;
  family.of = s.page;
  family.bound = (dimension_mask{1} << captures) - 1;
  family.values = values;
  std::size_t left = followers_max;
  for (const auto variant : members(family)) {
    if (variant == page) continue;
    if (left-- == 0) break;
    book_.mark(variant, {.parts = parts, .from = from, .settled = true}, now);
  }
}

}  // namespace freshet
