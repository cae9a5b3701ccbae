#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/node.hpp"
#include "core/config/problems.hpp"
#include "core/config/settings.hpp"

namespace freshet::config {

/// Reads one table strictly: every key is asked for by name and converted; finish() reports the
/// keys that nobody asked for, with the nearest of those that somebody did.
///
/// Shape:    a read leaves its target alone when the key is absent or wrong, so defaults stay.
/// Lifetime: borrows the table and the problems.
class table_reader {
 public:
  /// `table` may be anything: what is not a table is a problem and reads as an empty one.
  table_reader(const node& table, std::string path, problems& out);

  /// The value of a key, which counts as known from now on; null when absent.
  const node* take(std::string_view key);
  bool has(std::string_view key) const { return table_->find(key) != nullptr; }

  /// `convert(const node&)` gives a result<T> whose error detail is the message.
  template <class T, class F>
  bool read(std::string_view key, T& into, F convert) {
    const node* value = take(key);
    if (value == nullptr) return false;
    auto converted = convert(*value);
    if (converted.has_error()) {
      wrong(key, *value, converted.error().detail);
      return false;
    }
    into = std::move(*converted);
    return true;
  }

  /// The same for a list; one value stands for a list of one.
  template <class T, class F>
  bool read_list(std::string_view key, std::vector<T>& into, F convert) {
    const node* value = take(key);
    if (value == nullptr) return false;
    std::vector<T> all;
    bool good = true;
    for_each(key, *value, [&](const node& item, const std::string& item_key) {
      auto converted = convert(item);
      if (converted.has_error()) {
        out_->add(item.at, item_key, converted.error().detail);
        good = false;
      } else {
        all.push_back(std::move(*converted));
      }
    });
    if (good) into = std::move(all);
    return good;
  }

  /// `visit(item, dotted key of the item)` for each item; one value stands for a list of one.
  template <class F>
  void for_each(std::string_view key, const node& value, F visit) {
    if (value.is != node::type::array) return visit(value, key_of(key));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      visit(value.items[i], key_of(key) + "[" + std::to_string(i) + "]");
    }
  }

  /// `read(table_reader&)` of the table there; what it did not ask for is reported.
  template <class F>
  void read_table(std::string_view key, F read) {
    const node* value = take(key);
    if (value == nullptr) return;
    table_reader inner(*value, key_of(key), *out_);
    read(inner);
    inner.finish();
  }

  /// One of a few words.
  bool read_choice(std::string_view key, std::string& into,
                   std::initializer_list<std::string_view> words);

  /// Keys of the language that this version does not have; what they hold is not looked at.
  void not_built_in(std::initializer_list<std::string_view> keys);

  /// How many of these keys are there; more than one, or none when `required`, is a problem.
  std::size_t exactly_one(std::initializer_list<std::string_view> keys, bool required = true);
  bool require(std::string_view key);

  void wrong(std::string_view key, const node& value, std::string message, std::string hint = {});
  void wrong_here(std::string message, std::string hint = {});
  /// Everything in this table is accepted: it belongs to something that is not built in.
  void ignore_rest() { ignore_rest_ = true; }
  void finish();

  std::string key_of(std::string_view key) const;
  const std::string& path() const { return path_; }
  const node& table() const { return *table_; }
  problems& out() { return *out_; }
  location where() const { return where(path_, at_); }
  static location where(const std::string& key, const source& at);

 private:
  const node* table_;
  source at_;
  std::string path_;
  problems* out_;
  std::vector<std::string> known_;
  bool ignore_rest_ = false;
};

}  // namespace freshet::config
