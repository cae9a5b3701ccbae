#include "net/http/answer/page_head.hpp"

#include <fmt/format.h>

#include <cassert>
#include <map>
#include <mutex>

#include "net/http/answer/date_block.hpp"

namespace freshet::http {
namespace {

constexpr std::string_view encoding_start = "Content-Encoding: ";
constexpr std::string_view length_start = "Content-Length: ";
constexpr std::string_view etag_start = "ETag: \"";
constexpr std::string_view etag_end = "\"\r\n";
constexpr std::string_view modified_start = "\r\nLast-Modified: ";
constexpr std::string_view line_end = "\r\n";

/// More than the parts between the class's lines and the path take together.
constexpr std::size_t between_max = 256;

/// Writes where there is room.
struct pen {
  char* at;
  void operator()(std::string_view text) { at += text.copy(at, text.size()); }
};

}  // namespace

const head_lines& lines_for(std::string_view type, std::string_view base,
                            std::string_view cache_control) {
  static std::mutex one_at_a_time;
  static std::map<std::string, head_lines, std::less<>> known;
  auto words = fmt::format("{}\n{}\n{}", type, base, cache_control);
  const std::lock_guard lock(one_at_a_time);
  const auto found = known.find(words);
  if (found != known.end()) return found->second;
  head_lines made{fmt::format("Content-Type: {}\r\n", type),
                  fmt::format("Content-Location: {}", base),
                  fmt::format("Cache-Control: {}\r\nVary: Accept-Encoding\r\n"
                              "X-Content-Type-Options: nosniff\r\n",
                              cache_control)};
  return known.emplace(std::move(words), std::move(made)).first->second;
}

void add_page_head(response_batch& out, head_part what, const entry& e, std::string_view path,
                   coding c, std::size_t bytes) {
  assert(e.lines != nullptr && "made by build_entry()");
  const head_lines& lines = *e.lines;
  pen write{out.room(lines.type.size() + lines.location.size() + path.size() + lines.rest.size() +
                     between_max)};
  if (what == head_part::all) {
    write(lines.type);
    if (c != coding::identity) {
      write(encoding_start);
      write(coding_token(c));
      write(line_end);
    }
    write(length_start);
    const fmt::format_int digits(bytes);
    write({digits.data(), digits.size()});
    write(line_end);
  }
  write(etag_start);
  write({e.etag.data(), e.etag.size()});
  write(coding_suffix(c));
  write(etag_end);
  write(lines.location);
  write(path);
  write(modified_start);
  write.at = write_http_date(write.at, e.modified);
  write(line_end);
  write(lines.rest);
  out.wrote(write.at);
}

}  // namespace freshet::http
