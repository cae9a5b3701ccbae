#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/upstream/search/search_file.hpp"
#include "core/async/task_scope.hpp"
#include "core/async/worker_thread.hpp"
#include "core/clock.hpp"
#include "core/observe/metrics.hpp"
#include "store/entry.hpp"
#include "store/journal/side_file.hpp"

namespace freshet {

/// A page class and how its pages are found.
struct searched_class {
  class_id of = 0;
  std::shared_ptr<const search_definition> how;
};

/// What upstreams of kind `search` answer from: pages by their fields, kept in step with commits.
/// Pages are read and written on a thread of its own.
///
/// Shape:    a page that changed waits by its path, once, and is read when its turn comes; a
///           question comes behind the changes that were noted before it. Versions that the file
///           has already are not read again. A file that cannot be written is tried again; when it
///           had to be begun anew, all known pages are read. In memory there is a bound: a page
///           beyond it is left out until it changes when there is room.
/// Errors:   find(): as database says, overloaded.
/// Lifetime: what follow() was given lives until the next follow() or close(), which must have been
///           awaited before the destructor.
/// Threads:  home loop only; the file is touched by `freshet-search` alone.
class search_index {
 public:
  using content_of = std::function<entry_ptr(std::string_view path)>;
  using known = std::function<void(class_id of, std::string_view path)>;
  using each_known = std::function<void(const known&)>;

  /// `path`: "" = in memory, and there at most so many bytes; 0 = no bound.
  search_index(asio::io_context::executor_type ex, const clock& time, std::string path,
               std::size_t bytes_max, metrics& m, task_scope::sink on_error);
  ~search_index();

  /// Which pages are found from now on, where they are, and which there are.
  void follow(std::vector<searched_class> classes, content_of content, each_known visit);
  bool searches(class_id of) const;
  /// This page changed, or is gone.
  void note(class_id of, std::string_view path, bool gone);
  /// This page is known; after all that changed.
  void note_known(class_id of, std::string_view path);
  asio::awaitable<result<std::string>> find(std::string name, search_question asked);
  asio::awaitable<void> close();
  std::size_t waiting() const { return changed_.order.size() + known_.order.size(); }
  /// In memory, of those that count against its bound.
  std::size_t bytes() const { return bytes_; }
  /// Why changes wait for their file; "" = they do not.
  const std::string& trouble() const { return trouble_; }

 private:
  /// Paths in the order in which they came, each once.
  struct queue {
    struct page {
      class_id of = 0;
      bool gone = false;
    };
    std::deque<std::string> order;
    std::unordered_map<std::string, page> pages;
    void add(std::string_view path, page what);
  };
  struct item {
    std::shared_ptr<const search_definition> how;
    class_id of = 0;
    std::string path;
    bool gone = false;
    entry_ptr content;
  };
  using batch = std::vector<item>;
  using held_file = std::shared_ptr<side_file<search_file>>;
  struct applied {
    std::size_t left_out = 0;
    std::size_t bytes = 0;  // in memory
    std::uint64_t begun_anew = 0;
  };

  std::shared_ptr<const batch> next_batch();
  void wake();
  asio::awaitable<void> work();
  asio::awaitable<bool> write(std::shared_ptr<const batch> what);
  static result<applied> apply(search_file& file, const batch& what, std::size_t bytes_max);
  void note_all();
  worker_thread& worker();

  asio::io_context::executor_type ex_;
  const clock& time_;
  std::vector<searched_class> classes_;
  content_of content_;
  each_known visit_;
  queue changed_, known_;
  bool working_ = false;
  std::string trouble_;
  std::size_t bytes_max_, bytes_ = 0;
  std::uint64_t begun_anew_ = 0;
  counter& written_;
  counter& left_out_;
  counter& errors_;
  held_file file_;
  std::unique_ptr<worker_thread> worker_;
  task_scope running_;
};

}  // namespace freshet
