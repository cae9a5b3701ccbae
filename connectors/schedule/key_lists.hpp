#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/page/page_class.hpp"

namespace freshet {

/// The values that `warm` lists for some parameters of a page class, and their product.
///
/// Shape:    values normalised, each once, ascending; parameters without a list are free. Not whole
///           until every list was given.
/// Threads:  home loop only; pure.
class key_lists {
 public:
  static constexpr std::uint64_t pages_max = 1'000'000;

  /// REQUIRES: every name is a parameter of the class, which outlives this.
  key_lists(const page_class& of, const std::vector<std::string>& parameters);

  /// Takes over a list; the number of values that its parameter does not allow (left out).
  std::size_t replace(std::size_t list, const std::vector<std::string>& values);

  std::size_t lists() const { return lists_.size(); }
  bool whole() const;
  /// REQUIRES: whole(). Whether each listed parameter of the key has a listed value.
  bool contain(const page_key& key) const;
  /// The size of the product; saturates.
  std::uint64_t pages() const;
  /// REQUIRES: n < pages(). The n-th combination, as bindings; the last list runs fastest.
  std::vector<binding> at(std::uint64_t n) const;

 private:
  struct list {
    std::size_t parameter;
    std::string_view name;
    std::optional<std::vector<std::string>> values;
  };
  const page_class& class_;
  std::vector<list> lists_;
};

}  // namespace freshet
