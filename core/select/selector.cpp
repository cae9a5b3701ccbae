#include "core/select/selector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/select/pointer_scope.hpp"
#include "core/text/quoted.hpp"

namespace freshet {

result<selector> selector::from_pointer(std::string_view text) {
  auto made = from_at(text, cutting{});
  if (made) made->text_ = text;
  return made;
}

result<selector> selector::from_at(std::string_view at, std::string_view like,
                                   std::string_view split) {
  cutting how;
  if (!like.empty()) how.like.emplace_back(like);
  if (!split.empty()) how.split.emplace_back(split);
  return from_at(at, std::move(how));
}

result<selector> selector::from_at(std::string_view at, cutting how) {
  selector made;
  auto pointer = json::pointer::parse(at);
  if (!pointer) return pointer.error();
  made.at_ = std::move(*pointer);
  for (const auto& pattern : how.like) {
    auto parsed = glob::parse(pattern);
    if (!parsed) return parsed.error();
    made.like_.push_back(std::move(*parsed));
  }
  made.text_ = "{ at = " + in_quotes(at);
  made.write_cutting(how);
  made.split_ = std::move(how.split);
  std::erase(made.split_, "");
  made.before_ = std::move(how.before);
  return made;
}

result<selector> selector::from_keys(std::string_view keys, std::string_view like) {
  std::vector<std::string> one;
  if (!like.empty()) one.emplace_back(like);
  return from_keys(keys, std::move(one));
}

result<selector> selector::from_keys(std::string_view keys, std::vector<std::string> like) {
  cutting how;
  how.like = std::move(like);
  auto made = from_at(keys, how);
  if (!made) return made;
  made->kind_ = kind::keys;
  made->text_ = "{ keys = " + in_quotes(keys);
  made->write_cutting(how);
  return made;
}

result<selector> selector::from_value(std::string_view text) {
  if (text.empty()) return fail(errc::malformed, "a value is empty: it would yield nothing");
  if (text.size() > value_bytes_max) {
    return fail(errc::out_of_range, "a value has at most 4096 bytes");
  }
  selector made;
  made.kind_ = kind::value;
  made.text_ = "{ value = " + in_quotes(text) + " }";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t open = std::min(text.find('{', begin), text.size());
    piece next{std::string(text.substr(begin, open - begin)), std::nullopt};
    begin = open;
    if (open < text.size()) {
      const std::size_t close = text.find('}', open);
      if (close == std::string_view::npos || close < open + 2 || text[open + 1] != '/') {
        return fail(
            errc::malformed,
            fmt::format("in the value \"{}\" {{ begins a pointer, as in {{/msg/name}}", text));
      }
      auto at = json::pointer::parse(text.substr(open + 1, close - open - 1));
      if (!at) return at.error();
      next.at = std::move(*at);
      begin = close + 1;
    }
    made.pieces_.push_back(std::move(next));
  }
  return made;
}

/// As a person would write it; ends what text_ begins.
void selector::write_cutting(const cutting& how) {
  const auto write = [this](std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    text_ += fmt::format(", {} = ", key);
    if (values.size() > 1) text_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i)
      text_ += (i == 0 ? "" : ", ") + in_quotes(values[i]);
    if (values.size() > 1) text_ += ']';
  };
  write("like", how.like);
  write("split", how.split);
  if (!how.before.empty()) text_ += ", before = " + in_quotes(how.before);
  text_ += " }";
}

/// Where the first separator stands, and where the text goes on behind it.
std::size_t selector::cut_at(std::string_view text, std::size_t& behind) const {
  std::size_t first = std::string_view::npos;
  for (const auto& one : split_) {
    const auto at = text.find(one);
    if (at >= first) continue;
    first = at;
    behind = at + one.size();
  }
  return first;
}

/// False when the value found no place.
bool selector::add(std::string_view text, std::vector<std::string>& values,
                   std::size_t most) const {
  if (!before_.empty()) text = text.substr(0, text.find(before_));
  if (!like_.empty()) {
    std::optional<std::string_view> taken;
    for (std::size_t i = 0; i < like_.size() && !taken; ++i) taken = like_[i].take(text);
    if (!taken) return true;
    text = *taken;
  }
  if (text.empty() || text.size() > value_bytes_max) return true;
  if (values.size() >= most) return false;
  values.emplace_back(text);
  return true;
}

bool selector::take_at(const pointer_scope& from, std::vector<std::string>& values,
                       std::size_t most) const {
  struct {
    const selector& self;
    std::vector<std::string>& values;
    std::size_t most;
    bool whole = true;
  } state{*this, values, most};
  from.each_text(at_, [&state](std::string_view text, bool) {
    for (;;) {
      std::size_t behind = 0;
      const std::size_t end = state.self.cut_at(text, behind);
      if (end == std::string_view::npos) break;
      if (!(state.whole = state.self.add(text.substr(0, end), state.values, state.most)))
        return false;
      text.remove_prefix(behind);
    }
    return state.whole = state.self.add(text, state.values, state.most);
  });
  return state.whole;
}

/// The product grows in place, piece by piece, behind the values that were there.
bool selector::take_value(const pointer_scope& from, std::vector<std::string>& values,
                          std::size_t most) const {
  std::vector<std::string> product{std::string{}};
  std::vector<std::string> texts;
  bool whole = true;
  for (const piece& next : pieces_) {
    for (std::string& text : product) text += next.literal;
    if (!next.at) continue;
    texts.clear();
    from.each_text(*next.at,
                   [&](std::string_view text, bool) { return whole = add(text, texts, most); });
    if (texts.empty()) return true;
    if (texts.size() == 1) {
      for (std::string& text : product) text += texts.front();
    } else {
      std::vector<std::string> larger;
      for (const std::string& begin : product) {
        for (const std::string& end : texts) {
          if (!(whole = add(begin + end, larger, most))) break;
        }
      }
      product = std::move(larger);
    }
    std::erase_if(product, [](const std::string& text) { return text.size() > value_bytes_max; });
  }
  for (const std::string& text : product) {
    if (!add(text, values, most)) return false;
  }
  return whole;
}

bool selector::take_from(const pointer_scope& from, std::vector<std::string>& values,
                         std::size_t most) const {
  switch (kind_) {
    case kind::at:
      return take_at(from, values, most);
    case kind::value:
      return take_value(from, values, most);
    case kind::keys:
      break;
  }
  bool whole = true;
  from.each_name(at_, [&](std::string_view name, bool) { return whole = add(name, values, most); });
  return whole;
}

bool selector::take(const event& from, const simdjson::dom::element* each,
                    std::vector<std::string>& values) const {
  return take_from(pointer_scope(from, each), values, values_max);
}

bool selector::take(simdjson::dom::element document, std::vector<std::string>& values,
                    std::string_view source, std::size_t most) const {
  return take_from(pointer_scope(document, source), values, most);
}

field_shape selector::shape(const event& from, const simdjson::dom::element* each) const {
  const pointer_scope scope(from, each);
  if (kind_ == kind::at) return scope.shape(at_);
  if (kind_ == kind::keys) {
    const auto is = scope.shape(at_);
    if (is == field_shape::odd) return field_shape::usable;
    return is == field_shape::usable ? field_shape::odd : is;
  }
  auto worst = field_shape::usable;
  for (const piece& next : pieces_)
    if (next.at) worst = std::min(worst, scope.shape(*next.at));
  return worst;
}

field_shape best_shape(const selector_list& selectors, const event& from,
                       const simdjson::dom::element* each) {
  auto best = field_shape::missing;
  for (const selector& one : selectors) best = std::max(best, one.shape(from, each));
  return best;
}

bool take_first(const selector_list& selectors, const event& from,
                const simdjson::dom::element* each, std::vector<std::string>& values) {
  const std::size_t before = values.size();
  for (const selector& one : selectors) {
    const bool whole = one.take(from, each, values);
    if (!whole || values.size() > before) return whole;
  }
  return true;
}

}  // namespace freshet
