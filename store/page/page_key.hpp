#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/entry.hpp"

namespace freshet {

/// Which page: its class and its normalised, decoded parameter values.
///
/// Shape:    values stand in declared order: path captures, query parameters, then those that a
///           `json` segment yields. One value per parameter of the class, always.
/// Lifetime: a value. Only page_class::key_from and site::find make one: nothing else normalises.
struct page_key {
  class_id page = 0;
  std::vector<std::string> values;

  bool operator==(const page_key&) const = default;
};

/// XXH3 over the class and each value with its length, so that no value can imitate two.
std::uint64_t hash_of(const page_key& key);

struct page_key_hash {
  std::size_t operator()(const page_key& key) const { return hash_of(key); }
};

}  // namespace freshet
