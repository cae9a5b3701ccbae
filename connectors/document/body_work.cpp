#include "connectors/document/body_work.hpp"

#include "connectors/document/document_tree.hpp"
#include "core/json/validate.hpp"
#include "core/select/gather.hpp"
#include "core/text/timestamp.hpp"
#include "net/http/answer/entry_builder.hpp"

namespace freshet {
namespace {

std::optional<error> refuse(const body_check& check) {
  if (!check.is_json) return std::nullopt;
  json::reader reader(check.max_size);
  auto document = reader.read(check.body);
  if (!document) return document.error();
  text_list texts;
  for (const auto& entry : *check.expect) {
    const bool found = gather(entry.at, *document, texts, reader.source());
    if (!entry.test.holds(found, texts.views()))
      return fail(errc::malformed, "expect " + entry.at.text() + ": " + entry.test.text());
  }
  return std::nullopt;
}

}  // namespace

body_check::outcome body_check::operator()() {
  outcome out;
  out.failure = refuse(*this);
  if (out.failure) return out;
  if (with_etag) out.etag = http::content_etag(body);
  out.body = std::move(body);
  return out;
}

std::size_t assembly::bytes() const {
  auto sum = old_body.size();
  for (const auto& each : pieces) sum += each.raw.size();
  return sum;
}

assembly::outcome assembly::operator()() {
  document_tree tree;
  for (const auto& each : pieces)
    tree.put(each.into, each.is_old && !old_body.empty() ? raw_at(old_body, each.into) : each.raw);
  outcome out;
  out.body = tree.text();
  out.etag = http::content_etag(out.body);
  return out;
}

document_reading::outcome document_reading::operator()() const {
  outcome out;
  json::reader reader(questions->max_size);
  const auto document = reader.read(*body);
  out.floor_met = !floor || (document && floor->shown_by(*document, reader.source()));
  if (!document) return out;
  for (const auto& [name, what] : questions->shows)
    what.take(*document, out.shows.emplace_back(), reader.source());
  text_list texts;
  if (questions->until && gather(*questions->until, *document, texts, reader.source()) &&
      !texts.views().empty()) {
    if (const auto at = parse_timestamp(texts.views().front())) out.until = *at;
  }
  return out;
}

}  // namespace freshet
