#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace freshet::test {

/// A file that is gone after the test.
class temporary_file {
 public:
  explicit temporary_file(std::string_view content) {
    char name[] = "/tmp/freshet_test_XXXXXX";
    const int fd = ::mkstemp(name);
    path = name;
    std::FILE* file = ::fdopen(fd, "wb");
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
  }
  ~temporary_file() { ::unlink(path.c_str()); }
  temporary_file(const temporary_file&) = delete;
  std::string path;
};

}  // namespace freshet::test
