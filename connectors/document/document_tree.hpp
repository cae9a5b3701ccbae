#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/pointer.hpp"

namespace freshet {

/// A document put together from raw JSON pieces at pointers: slices are copied, never re-encoded,
/// so a number keeps every digit that its upstream sent.
///
/// Shape:  pieces at "" replace the whole; members stand in the order in which they were first put.
///         Pointers are object members only.
class document_tree {
 public:
  /// REQUIRES: no other piece's pointer is a proper prefix of `at`.
  void put(const json::pointer& at, std::string_view raw);
  std::string text() const;

 private:
  struct member;
  struct node {
    std::string raw;
    std::vector<member> members;
  };
  struct member {
    std::string name;
    node value;
  };
  static void write(const node& from, std::string& out);

  node root_;
};

}  // namespace freshet
