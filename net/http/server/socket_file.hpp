#pragma once

#include <sys/types.h>

#include <string>

#include "core/result.hpp"

namespace freshet::http {

/// The file of a unix socket that we listen on.
///
/// Shape:    0660: the group may connect. A socket file that nobody listens on any more is
///           replaced.
/// Errors:   the path is no socket, somebody listens there, or a system call failed; the detail
///           names the path.
/// Lifetime: removes the file when it dies, unless another server has put its own there since.
class socket_file {
 public:
  /// Makes way for bind().
  static result<void> clear(const std::string& path);
  /// REQUIRES: bind() has made the file, and listen() was not called yet.
  static result<socket_file> adopt(std::string path);

  socket_file(socket_file&& other) noexcept
      : path_(std::move(other.path_)), device_(other.device_), node_(other.node_) {
    other.path_.clear();
  }
  socket_file& operator=(socket_file&&) = delete;
  ~socket_file();

 private:
  socket_file(std::string path, dev_t device, ino_t node)
      : path_(std::move(path)), device_(device), node_(node) {}

  std::string path_;
  dev_t device_;
  ino_t node_;
};

}  // namespace freshet::http
