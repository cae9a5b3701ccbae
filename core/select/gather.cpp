#include "core/select/gather.hpp"

#include <algorithm>

#include "core/select/pointer_scope.hpp"

namespace freshet {
namespace {

bool gather_from(const pointer_scope& from, const json::pointer& at, text_list& texts) {
  texts.clear();
  return from.each_text(at, [&texts](std::string_view text, bool lasts) {
    if (texts.views().size() == texts_max) return false;
    if (lasts) {
      texts.borrow(text);
    } else {
      texts.copy(text);
    }
    return true;
  });
}

}  // namespace

void text_list::clear() {
  views_.clear();
  used_ = 0;
  longer_.clear();
}

void text_list::copy(std::string_view text) {
  if (text.size() > sizeof(copies_[0])) {
    views_.push_back(longer_.emplace_back(text));
    return;
  }
  if (used_ == copies_.size()) copies_.emplace_back();
  auto& place = copies_[used_++];
  std::ranges::copy(text, place.begin());
  views_.emplace_back(place.data(), text.size());
}

bool gather(const json::pointer& at, const event& from, const simdjson::dom::element* each,
            text_list& texts) {
  return gather_from(pointer_scope(from, each), at, texts);
}

bool gather(const json::pointer& at, simdjson::dom::element document, text_list& texts,
            std::string_view source) {
  return gather_from(pointer_scope(document, source), at, texts);
}

}  // namespace freshet
