#include "core/select/page_floor.hpp"

#include <cassert>
#include <charconv>
#include <compare>
#include <optional>

#include "core/json/writer.hpp"
#include "core/select/gather.hpp"

namespace freshet {
namespace {

namespace dom = simdjson::dom;

/// Whole numbers are compared as such: as doubles, two identifiers beyond 2^53 may look the same.
struct number {
  std::optional<std::int64_t> whole;
  double real = 0;
};

template <class T>
bool reads_whole(std::string_view text, T& into) {
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, into);
  return read.ec == std::errc{} && read.ptr == end;
}

std::optional<number> number_of(std::string_view text) {
  number out;
  // from_chars would take `nan` and `inf`, too.
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string_view::npos)
    return std::nullopt;
  if (std::int64_t whole = 0; reads_whole(text, whole)) out.whole = whole;
  if (!reads_whole(text, out.real)) return std::nullopt;
  return out;
}

std::partial_ordering compare(const number& a, const number& b) {
  if (a.whole && b.whole) return *a.whole <=> *b.whole;
  return a.real <=> b.real;
}

bool reached(std::string_view shown, std::string_view wanted) {
  const auto a = number_of(shown), b = number_of(wanted);
  return a && b ? compare(*a, *b) >= 0 : shown == wanted;
}

template <class F>
bool any_text(const json::pointer& at, dom::element in, std::string_view source, F&& meets) {
  text_list texts;
  gather(at, in, texts, source);
  for (const auto text : texts.views())
    if (meets(text)) return true;
  return false;
}

/// The first text at the pointer that can be compared.
std::optional<std::string> value_at(const json::pointer& at, const event& from,
                                    const dom::element* each) {
  text_list texts;
  gather(at, from, each, texts);
  if (texts.views().empty() || texts.views().front().empty() ||
      texts.views().front().size() > page_floor::value_bytes_max)
    return std::nullopt;
  return std::string(texts.views().front());
}

}  // namespace

page_floor::page_floor(std::shared_ptr<const floor_rule> rule, std::vector<std::string> values)
    : rule_(std::move(rule)), values_(std::move(values)) {
  assert(values_.size() == (rule_->compares() ? 1 : rule_->has.size()));
}

floor_ptr page_floor::of_event(std::shared_ptr<const floor_rule> rule, const event& from,
                               const dom::element* each) {
  std::vector<std::string> values;
  const auto take = [&](const json::pointer& at) {
    auto value = value_at(at, from, each);
    if (value) values.push_back(std::move(*value));
    return value.has_value();
  };
  if (rule->compares()) {
    if (!take(rule->event)) return nullptr;
  }
  for (const auto& [inside, at] : rule->has)
    if (!take(at)) return nullptr;
  return std::make_shared<const page_floor>(std::move(rule), std::move(values));
}

bool page_floor::element_shows(dom::element element, std::string_view source) const {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    // As texts: as numbers, the versions 1.1 and 1.10 would be one.
    const auto wanted = [&](std::string_view text) { return text == values_[i]; };
    if (!any_text(rule_->has[i].first, element, source, wanted)) return false;
  }
  return true;
}

bool page_floor::shown_by(dom::element document, std::string_view source) const {
  if (rule_->compares()) {
    const auto wanted = [&](std::string_view text) { return reached(text, values_.front()); };
    return any_text(rule_->page, document, source, wanted);
  }
  bool shown = false;
  rule_->at.each(document, [&](dom::element found) {
    if (dom::array elements; found.get(elements) == simdjson::SUCCESS) {
      for (const dom::element element : elements)
        if ((shown = element_shows(element, source))) break;
    } else {
      shown = element_shows(found, source);
    }
    return !shown;
  });
  return shown;
}

bool page_floor::outranks(const page_floor& newer) const {
  if (!rule_->compares() || !newer.rule_->compares() || !(rule_->page == newer.rule_->page))
    return false;
  const auto mine = number_of(values_.front()), its = number_of(newer.values_.front());
  return mine && its && compare(*mine, *its) > 0;
}

std::string page_floor::text() const {
  if (rule_->compares())
    return rule_->page.text() + (number_of(values_.front()) ? " >= " : " = ") + values_.front();
  std::string out = rule_->at.text() + " has";
  for (std::size_t i = 0; i < values_.size(); ++i)
    out += " " + rule_->has[i].first.text().substr(1) + "=" + values_[i];
  return out;
}

/// `[page, value]` of one that compares, else `[at, pointer, value, ...]`.
std::string page_floor::saved() const {
  std::string out;
  json::writer to(out);
  to.begin_array();
  if (rule_->compares()) {
    to.string(rule_->page.text()).string(values_.front());
  } else {
    to.string(rule_->at.text());
    for (std::size_t i = 0; i < values_.size(); ++i)
      to.string(rule_->has[i].first.text()).string(values_[i]);
  }
  to.end_array();
  return out;
}

floor_ptr page_floor::of_saved(std::string_view text) {
  dom::parser parser;
  dom::array all;
  if (parser.parse(text.data(), text.size()).get(all) != simdjson::SUCCESS) return nullptr;
  std::vector<std::string_view> texts;
  for (const auto each : all) {
    std::string_view is;
    if (each.get(is) != simdjson::SUCCESS) return nullptr;
    texts.push_back(is);
  }
  if (texts.size() < 2) return nullptr;
  const auto rule = std::make_shared<floor_rule>();
  std::vector<std::string> values;
  const auto first = json::pointer::parse(texts[0]);
  if (!first) return nullptr;
  if (texts.size() == 2) {
    rule->page = *first;
    values.emplace_back(texts[1]);
  } else {
    if (texts.size() % 2 == 0) return nullptr;
    rule->at = *first;
    for (std::size_t i = 1; i < texts.size(); i += 2) {
      const auto inside = json::pointer::parse(texts[i]);
      if (!inside) return nullptr;
      rule->has.emplace_back(*inside, json::pointer());
      values.emplace_back(texts[i + 1]);
    }
  }
  return std::make_shared<const page_floor>(rule, std::move(values));
}

}  // namespace freshet
