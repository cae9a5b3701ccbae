#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/upstream/search/search_question.hpp"
#include "connectors/upstream/search/search_text.hpp"
#include "store/journal/database_form.hpp"

namespace freshet {

/// The index of all searches in one SQLite file.
///
/// Shape:    found are, in this order: the name itself, another value itself (a sub-package), names
///           that begin so, other values that begin so, pages with all the words; then by name.
///           At most `hits_max` of each kind are looked at.
/// Errors:   as database says.
/// Threads:  the one that opened it.
class search_file {
 public:
  static constexpr std::size_t hits_max = 1000;

  /// `path`: "" = in memory.
  static result<std::unique_ptr<search_file>> open(const std::string& path);
  result<database_extent> extent() { return extent_of(*db_); }

  /// What another definition of this name made is forgotten.
  result<> begin(std::string_view name, std::uint64_t definition);
  /// The version of a page that is here; 0 = none.
  result<std::uint64_t> version(std::string_view name, std::string_view path);
  result<> put(std::string_view name, std::string_view path, std::uint64_t version,
               const search_text& text);
  result<> remove(std::string_view name, std::string_view path);
  /// A JSON object: query, rows, total, page, pages.
  result<std::string> find(std::string_view name, const search_question& asked);

  template <class F>
  result<> transaction(F&& f) {
    return db_->transaction(std::forward<F>(f));
  }

 private:
  struct statements {
    statement definition, set_definition, version, page, term, words, id, drop_page, drop_terms,
        drop_words, find;
  };
  explicit search_file(std::unique_ptr<database> db) : db_(std::move(db)) {}
  result<> prepare();
  result<std::optional<std::int64_t>> id_of(std::string_view name, std::string_view path);
  template <class F>
  result<> look(std::string_view name, const search_question& asked, std::size_t rows,
                std::size_t skipped, F&& visit);

  std::unique_ptr<database> db_;
  std::optional<statements> sql_;
};

}  // namespace freshet
