#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/document/page_walk.hpp"
#include "connectors/document/shape.hpp"
#include "core/clock.hpp"
#include "core/config/settings.hpp"
#include "core/json/pointer.hpp"
#include "core/select/page_floor.hpp"

namespace freshet {

// The parts of a refresh that go through every byte of a body, as jobs for off_loop(): each owns
// what it works on, so it may run on another thread, and go on when its engine has gone.

/// Whether an upstream's 2xx body may replace what is there; if so, in the shape that is wanted.
struct body_check {
  struct outcome {
    std::string body;
    std::array<char, 32> etag{};     // when it was asked for
    std::optional<error> failure;    // why not
    std::size_t all = 0, shown = 0;  // rows, of what is shaped
  };
  std::string body;
  std::size_t max_size = 0;
  bool is_json = true;
  bool with_etag = false;  // the body is the page
  std::shared_ptr<const std::vector<config::where_entry>> expect;
  shape_request shape = {};  // without `how`: none

  outcome operator()();
};

/// Whether one page of an answer is good, and what it says of the others.
struct page_check {
  struct outcome {
    std::string body;
    answer_page_facts facts;
    std::optional<error> failure;
  };
  std::string body;
  std::size_t max_size = 0;
  std::shared_ptr<const std::vector<config::where_entry>> expect;
  std::shared_ptr<const config::paging_settings> paging;
  json::pointer rows;  // where they stand
  std::string at = {}, link = {};

  outcome operator()();
};

/// All pages of an answer made one.
struct page_join {
  std::vector<std::string> pages;
  shape_request shape;
  bool with_etag = false;

  body_check::outcome operator()() const;
};

/// A document put together from its parts.
struct assembly {
  struct piece {
    json::pointer into;
    std::string raw;
    bool is_old = false;  // its bytes are those of the old document
  };
  struct outcome {
    std::string body;
    std::array<char, 32> etag{};
  };
  std::vector<piece> pieces;
  std::string old_body;

  std::size_t bytes() const;
  outcome operator()();
};

/// What a configuration wants to know of a page's document.
struct document_questions {
  std::vector<std::pair<std::string, selector>> shows;
  std::optional<json::pointer> until;
  std::size_t max_size = 0;
  bool any() const { return !shows.empty() || until; }
};

/// The answers to them; empty when the body is not JSON.
struct document_reading {
  struct outcome {
    std::vector<std::vector<std::string>> shows;  // by `shows` name
    std::optional<wall_time> until;
    bool floor_met = true;
  };
  std::shared_ptr<const std::string> body;
  std::shared_ptr<const document_questions> questions;
  floor_ptr floor{};  // what it has to show; null = nothing

  outcome operator()() const;
};

}  // namespace freshet
