#include "net/http/server/socket_file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace freshet::http {
namespace {

error last_error(const std::string& what) {
  return error(boost::system::error_code(errno, boost::system::system_category()), what);
}

/// Whether a server answers there; errno says why not.
bool somebody_listens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0) return false;
  const int failed = ::connect(s, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int why = errno;
  ::close(s);
  errno = why;
  return failed == 0 || why == EAGAIN;  // its queue is full
}

}  // namespace

result<void> socket_file::clear(const std::string& path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(errc::out_of_range, path + ": a socket's path has 1 to 107 bytes");
  }
  struct stat is{};
  if (::lstat(path.c_str(), &is) != 0) {
    if (errno == ENOENT) return {};
    return last_error(path);
  }
  if (!S_ISSOCK(is.st_mode)) return fail(errc::duplicate, path + ": is there and is no socket");
  if (somebody_listens(path)) return fail(errc::duplicate, path + ": another server listens there");
  if (errno != ECONNREFUSED) return last_error(path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return last_error(path);
  return {};
}

result<socket_file> socket_file::adopt(std::string path) {
  constexpr mode_t owner_and_group = 0660;
  struct stat is{};
  if (::chmod(path.c_str(), owner_and_group) != 0 || ::lstat(path.c_str(), &is) != 0) {
    return last_error(path);
  }
  return socket_file(std::move(path), is.st_dev, is.st_ino);
}

socket_file::~socket_file() {
  struct stat is{};
  if (path_.empty() || ::lstat(path_.c_str(), &is) != 0) return;
  if (is.st_dev == device_ && is.st_ino == node_) ::unlink(path_.c_str());
}

}  // namespace freshet::http
