#include "app/client/change_notice.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "app/client/plain_text.hpp"
#include "core/json/validate.hpp"
#include "core/json/writer.hpp"

namespace freshet::app {
namespace {

constexpr std::size_t data_bytes_max = 8u << 20;

std::string text_at(simdjson::dom::element from, std::string_view key) {
  std::string_view text;
  return from.at_key(key).get(text) ? std::string() : std::string(text);
}

std::string clock_time(wall_time now) {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(now)));
}

}  // namespace

change_notice change_notice::read(stream_event from) {
  change_notice out;
  out.name = std::move(from.name);
  out.id = std::move(from.id);
  out.data = std::move(from.data);
  json::reader reader(data_bytes_max);
  const auto document = reader.read(out.data);
  if (!document || !document->is_object()) return out;
  out.path = text_at(*document, "@id");
  out.etag = text_at(*document, "etag");
  out.cause = text_at(*document, "cause");
  out.event = text_at(*document, "event");
  if (document->at_key("version").get(out.version)) out.version = 0;
  simdjson::dom::array pages;
  if (!document->at_key("pages").get(pages)) {
    out.pages.emplace();
    for (const auto page : pages) out.pages->push_back(text_at(page, "@id"));
  }
  return out;
}

std::string change_notice::text(wall_time now) const {
  auto out = fmt::format("{} {}", clock_time(now), printable(name));
  if (!path.empty()) out += " " + printable(path);
  if (version > 0) out += fmt::format(" version={}", version);
  if (!cause.empty()) out += " cause=" + printable(cause);
  if (!event.empty()) out += " event=" + printable(event);
  if (name == "resync") {
    out += pages ? fmt::format(" {} pages", pages->size()) : " all pages";
  } else if (path.empty() && !data.empty()) {
    out += " " + printable(data);
  }
  return out;
}

std::string change_notice::json() const {
  std::string out;
  json::writer w(out);
  w.begin_object().key("name").string(name).key("id").string(id).key("data");
  json::reader reader(data_bytes_max);
  if (const auto document = reader.read(data)) {
    w.raw(simdjson::minify(*document));
  } else {
    w.string(data);
  }
  w.end_object();
  return out;
}

}  // namespace freshet::app
