#include "connectors/document/page_walk.hpp"

#include <fmt/format.h>

#include <charconv>

namespace freshet {

using way = config::paging_settings::way;

upstream_request page_walk::numbered(std::uint64_t number) const {
  auto request = whole_;
  request.target += request.target.find('?') == std::string::npos ? '?' : '&';
  request.target += fmt::format("{}={}", how_.param, number);
  return request;
}

upstream_request page_walk::first(upstream_request whole) {
  whole_ = std::move(whole);
  const bool counted = how_.how == way::numbered || how_.how == way::offset;
  return counted ? numbered(how_.first) : whole_;
}

result<bool> page_walk::more_numbered(const answer_page_facts& page) const {
  std::uint64_t pages = 0;
  const auto& text = page.pages ? *page.pages : std::string();
  const auto read = std::from_chars(text.data(), text.data() + text.size(), pages);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return fail(errc::malformed,
                fmt::format("{}: expected the number of pages", how_.pages.text()));
  if (pages > how_.max)
    return fail(errc::out_of_range,
                fmt::format("{} pages, where paging.max is {}", pages, how_.max));
  return read_ < pages;
}

result<bool> page_walk::more_rows(const answer_page_facts& page) const {
  if (page.rows > how_.step)
    return fail(errc::malformed,
                fmt::format("a page of {} rows, where paging.step is {}", page.rows, how_.step));
  return page.rows == how_.step;
}

result<std::optional<upstream_request>> page_walk::after(const answer_page_facts& page) {
  using answer = std::optional<upstream_request>;
  ++read_;
  if (page.bytes > bytes_max_ - bytes_)
    return fail(errc::out_of_range, fmt::format("pages of more than {} bytes", bytes_max_));
  bytes_ += page.bytes;
  bool more = page.next.has_value();
  if (how_.how == way::numbered || how_.how == way::offset) {
    const auto told = how_.how == way::numbered ? more_numbered(page) : more_rows(page);
    if (!told) return told.error();
    more = *told;
  }
  if (!more) return answer();
  if (read_ >= how_.max)
    return fail(errc::out_of_range, fmt::format("more than {} pages (paging.max)", how_.max));
  if (how_.how == way::numbered) return answer(numbered(std::uint64_t{how_.first} + read_));
  if (how_.how == way::offset)
    return answer(numbered(how_.first + std::uint64_t{how_.step} * read_));
  if (!followed_.insert(page.at.empty() ? *page.next : page.at).second)
    return fail(errc::malformed, "the next page is one that was read already");
  auto request = whole_;
  request.target = *page.next;
  request.base = page.at.empty() ? "/" : page.at;
  return answer(std::move(request));
}

}  // namespace freshet
