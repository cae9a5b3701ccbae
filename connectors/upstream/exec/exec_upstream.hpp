#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "connectors/upstream/exec/child_process.hpp"
#include "connectors/upstream/upstream.hpp"

namespace freshet {

/// A program that writes a document to its standard output.
///
/// Shape:    a request's `run`: the program's path and its arguments, as they are; no shell. It
///           runs in a process group of its own, which is killed when it takes too long, writes too
///           much, or leaves something behind. Exit code 0: what it wrote is the document; 44:
///           there is no such thing, a 404.
/// Errors:   fault, another exit code or a signal, with the first line that it wrote to standard
///           error; timed_out; too_large; unreachable, when it cannot be run.
/// Lifetime: as upstream.
/// Threads:  home loop only.
class exec_upstream final : public upstream {
 public:
  static constexpr int exit_gone = 44;
  static constexpr std::size_t errors_max = 4096;  // bytes of standard error that are kept

  struct way {
    std::string directory;                                         // "" = /
    std::vector<std::pair<std::string, std::string>> environment;  // beside PATH and LANG
    std::chrono::nanoseconds timeout = std::chrono::seconds(10);
    std::size_t output_max = 16u << 20;
  };
  exec_upstream(boost::asio::io_context::executor_type ex, std::string name, way how);

  std::string_view name() const override { return name_; }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;

 private:
  struct run;
  boost::asio::awaitable<result<void>> to_the_end(run* of);
  result<upstream_answer> judge(run& of) const;
  error describe(boost::system::error_code code, std::string what) const;

  boost::asio::io_context::executor_type ex_;
  std::string name_;
  way how_;
  std::vector<std::string> environment_;
};

}  // namespace freshet
