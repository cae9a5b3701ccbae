#include "connectors/schedule/key_lists.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace freshet {

key_lists::key_lists(const page_class& of, const std::vector<std::string>& parameters)
    : class_(of) {
  for (const auto& name : parameters) {
    const auto at = of.index_of(name);
    assert(at);
    lists_.push_back({*at, of.parameters()[*at].name(), std::nullopt});
  }
}

std::size_t key_lists::replace(std::size_t at, const std::vector<std::string>& values) {
  auto& list = lists_[at];
  std::vector<std::string> good;
  good.reserve(values.size());
  for (const auto& value : values)
    if (auto normal = class_.normalise(list.parameter, value)) good.push_back(std::move(*normal));
  const auto refused = values.size() - good.size();
  std::ranges::sort(good);
  const auto doubles = std::ranges::unique(good);
  good.erase(doubles.begin(), doubles.end());
  list.values = std::move(good);
  return refused;
}

bool key_lists::whole() const {
  return std::ranges::all_of(lists_, [](const list& l) { return l.values.has_value(); });
}

bool key_lists::contain(const page_key& key) const {
  return std::ranges::all_of(lists_, [&key](const list& l) {
    return std::ranges::binary_search(*l.values, key.values[l.parameter]);
  });
}

std::uint64_t key_lists::pages() const {
  std::uint64_t product = 1;
  for (const auto& l : lists_) {
    const std::uint64_t size = l.values->size();
    if (size == 0) return 0;
    if (product > std::numeric_limits<std::uint64_t>::max() / size)
      product = std::numeric_limits<std::uint64_t>::max();
    else
      product *= size;
  }
  return product;
}

std::vector<binding> key_lists::at(std::uint64_t n) const {
  std::vector<binding> out(lists_.size());
  for (std::size_t i = lists_.size(); i-- > 0;) {
    const auto& l = lists_[i];
    out[i] = {l.name, (*l.values)[n % l.values->size()]};
    n /= l.values->size();
  }
  return out;
}

}  // namespace freshet
