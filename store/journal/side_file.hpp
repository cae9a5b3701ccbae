#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "core/observe/log.hpp"
#include "store/journal/database_form.hpp"
#include "store/journal/journal_errc.hpp"

namespace freshet {

/// A file beside the journal, opened when it is first needed. One that makes no sense is set aside,
/// and a new one begun, as the journal does: nothing else may wait for it for ever.
///
/// Shape:    `File` is what `open` makes of a path; "" = in memory.
/// Errors:   use(): what `open` and the work with the file say.
/// Threads:  one that may wait for the disk.
template <class File>
class side_file {
 public:
  using opener = std::function<result<std::unique_ptr<File>>(const std::string& path)>;

  side_file(std::string path, opener open) : path_(std::move(path)), open_(std::move(open)) {}

  /// f(file), a result.
  template <class F>
  auto use(wall_time now, F&& f) -> std::invoke_result_t<F&, File&> {
    if (auto is = ready(now); !is) return is.error();
    auto done = f(*file_);
    if (!done) doubt(done.error(), now);
    return done;
  }
  void close() { file_.reset(); }
  /// How often another file took the place of one that was in use before.
  std::uint64_t begun_anew() const { return begun_anew_; }

 private:
  result<> ready(wall_time now) {
    if (file_) return {};
    auto made = open_(path_);
    if (!made && makes_no_sense(made.error())) {
      if (auto moved = begin_anew(made.error(), now); !moved) return moved;
      made = open_(path_);
    }
    if (!made) return made.error();
    file_ = std::move(*made);
    return {};
  }
  /// After a failed write SQLite's own picture of the file is not believed any more.
  void doubt(const error& why, wall_time now) {
    if (makes_no_sense(why)) {
      file_.reset();
      static_cast<void>(begin_anew(why, now));  // if it cannot be moved, the next use says so
    } else if (why.code == journal_errc::unsynced) {
      file_.reset();
    }
  }
  result<> begin_anew(const error& why, wall_time now) {
    ++begun_anew_;
    if (path_.empty()) return {};
    const auto moved = set_aside(path_, why.text(), now);
    if (!moved) return moved.error();
    logger().error("{}; it begins anew", *moved);
    return {};
  }

  std::string path_;
  opener open_;
  std::unique_ptr<File> file_;
  std::uint64_t begun_anew_ = 0;
};

}  // namespace freshet
