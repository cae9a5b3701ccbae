#pragma once

#include <string>

#include "connectors/upstream/search/search_index.hpp"
#include "connectors/upstream/upstream.hpp"

namespace freshet {

/// Answers `/search?q=TEXT&rows=N&page=N` with the pages that are found.
///
/// Errors:   status 400 for rows or a page that are no numbers from 1; what search_index says.
/// Lifetime: the index outlives it; without one (`try`, `check`) nothing is found.
/// Threads:  home loop only.
class search_upstream final : public upstream {
 public:
  static constexpr std::size_t rows_max = 1000;

  search_upstream(std::string name, search_index* index) : name_(std::move(name)), index_(index) {}
  std::string_view name() const override { return name_; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;

 private:
  std::string name_;
  search_index* index_;
};

}  // namespace freshet
