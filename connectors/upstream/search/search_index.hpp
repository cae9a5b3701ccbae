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
#include "core/observe/metrics.hpp"
#include "store/entry.hpp"

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
///           has already are not read again. A file that cannot be written is tried again.
/// Errors:   find(): as database says, overloaded.
/// Lifetime: what follow() was given lives until the next follow() or close(), which must have been
///           awaited before the destructor.
/// Threads:  home loop only; the file is touched by `freshet-search` alone.
class search_index {
 public:
  using content_of = std::function<entry_ptr(std::string_view path)>;

  search_index(asio::io_context::executor_type ex, std::string path, metrics& m,
               task_scope::sink on_error);
  ~search_index();

  /// Which pages are found from now on, and where they are.
  void follow(std::vector<searched_class> classes, content_of content);
  bool searches(class_id of) const;
  /// This page changed, or is gone.
  void note(class_id of, std::string_view path, bool gone);
  /// This page is known; after all that changed.
  void note_known(class_id of, std::string_view path);
  asio::awaitable<result<std::string>> find(std::string name, search_question asked);
  asio::awaitable<void> close();
  std::size_t waiting() const { return changed_.order.size() + known_.order.size(); }

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
  using held_file = std::shared_ptr<std::unique_ptr<search_file>>;

  std::shared_ptr<const batch> next_batch();
  void wake();
  asio::awaitable<void> work();
  asio::awaitable<bool> write(std::shared_ptr<const batch> what);
  static result<search_file*> opened(const held_file& file, const std::string& path);
  static result<> apply(search_file& file, const batch& what);
  worker_thread& worker();

  asio::io_context::executor_type ex_;
  std::string path_;
  std::vector<searched_class> classes_;
  content_of content_;
  queue changed_, known_;
  bool working_ = false;
  counter& written_;
  counter& errors_;
  held_file file_ = std::make_shared<std::unique_ptr<search_file>>();
  std::unique_ptr<worker_thread> worker_;
  task_scope running_;
};

}  // namespace freshet
