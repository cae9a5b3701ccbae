#include "connectors/document/body_work.hpp"

#include "connectors/document/document_tree.hpp"
#include "core/json/slices.hpp"
#include "core/json/validate.hpp"
#include "core/select/gather.hpp"
#include "core/text/timestamp.hpp"
#include "net/client/link_field.hpp"
#include "net/http/answer/entry_builder.hpp"

namespace freshet {
namespace {

std::optional<error> refuse(const std::string& body, std::size_t max_size,
                            const std::vector<config::where_entry>& expect) {
  json::reader reader(max_size);
  auto document = reader.read(body);
  if (!document) return document.error();
  text_list texts;
  for (const auto& entry : expect) {
    const bool found = gather(entry.at, *document, texts, reader.source());
    if (!entry.test.holds(found, texts.views()))
      return fail(errc::malformed, "expect " + entry.at.text() + ": " + entry.test.text());
  }
  return std::nullopt;
}

/// What was shaped, or why not.
body_check::outcome outcome_of(result<shaped_answer> made, bool with_etag) {
  body_check::outcome out;
  if (!made) {
    out.failure = made.error();
    return out;
  }
  out.body = std::move(made->body);
  out.all = made->all;
  out.shown = made->shown;
  if (with_etag) out.etag = http::content_etag(out.body);
  return out;
}

/// A reference: text. An end: nothing, null, false, "". Everything else cannot be followed.
result<std::optional<std::string>> reference_at(const std::string& page, const json::pointer& at) {
  const auto slice = json::slice_at(page, at);
  if (slice.empty() || slice == "null" || slice == "false") return std::optional<std::string>();
  if (json::kind_of(slice) != json::value_kind::string)
    return fail(errc::malformed, at.text() + ": expected the address of the next page");
  auto text = json::text_of(slice);
  if (text.empty()) return std::optional<std::string>();
  return std::optional(std::move(text));
}

std::size_t rows_at(const std::string& page, const json::pointer& at) {
  const auto slice = json::slice_at(page, at);
  if (slice.empty() || json::kind_of(slice) != json::value_kind::array) return 0;
  std::size_t count = 0;
  json::elements all(slice);
  while (all.next()) ++count;
  return count;
}

}  // namespace

body_check::outcome body_check::operator()() {
  outcome out;
  if (is_json) out.failure = refuse(body, max_size, *expect);
  if (out.failure) return out;
  if (shape.how) return outcome_of(shape_answer(body, shape), with_etag);
  if (with_etag) out.etag = http::content_etag(body);
  out.body = std::move(body);
  return out;
}

page_check::outcome page_check::operator()() {
  outcome out;
  out.failure = refuse(body, max_size, *expect);
  if (out.failure) return out;
  out.facts.rows = rows_at(body, rows);
  out.facts.bytes = body.size();
  out.facts.at = std::move(at);
  using way = config::paging_settings::way;
  if (paging->how == way::numbered) out.facts.pages = json::slice_at(body, paging->pages);
  if (paging->how == way::link) out.facts.next = next_link(link);
  if (paging->how == way::pointer) {
    auto next = reference_at(body, paging->next);
    if (next) {
      out.facts.next = std::move(*next);
    } else {
      out.failure = next.error();
    }
  }
  out.body = std::move(body);
  return out;
}

body_check::outcome page_join::operator()() const {
  return outcome_of(join_answers(pages, shape), with_etag);
}

std::size_t assembly::bytes() const {
  auto sum = old_body.size();
  for (const auto& each : pieces) sum += each.raw.size();
  return sum;
}

assembly::outcome assembly::operator()() {
  document_tree tree;
  for (const auto& each : pieces)
    tree.put(each.into, each.is_old ? json::slice_at(old_body, each.into) : each.raw);
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
