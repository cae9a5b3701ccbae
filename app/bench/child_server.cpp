#include "app/bench/child_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>

namespace freshet::app {
namespace {

constexpr std::size_t line_max = 64u << 10;
constexpr std::size_t first_words_max = 4u << 10;

error system_error(std::string what) {
  return {boost::system::error_code(errno, boost::system::system_category()), std::move(what)};
}

/// After fork: only what may be called there.
[[noreturn]] void become(const char* program, char* const* arguments, int log, pid_t parent) {
  ::setpgid(0, 0);  // a terminal's Ctrl-C is ours; we pass on what is meant for it
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(program, arguments);
  ::_exit(127);
}

/// What stands behind `label` up to the quote that ends the message.
std::string value_behind(std::string_view line, std::string_view label) {
  const auto at = line.find(label);
  if (at == std::string_view::npos) return {};
  const auto rest = line.substr(at + label.size());
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace

std::optional<process_use> use_of(pid_t pid) {
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(stat, text)) return {};
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;  // proc(5): utime is the 14th field
  std::int64_t user = 0;
  std::int64_t system = 0;
  if (!(fields >> user >> system)) return {};
  process_use out;
  out.cpu = std::chrono::nanoseconds((user + system) * (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  constexpr std::string_view label = "VmHWM:";
  while (std::getline(status, text)) {
    if (!text.starts_with(label)) continue;
    std::uint64_t kib = 0;
    std::istringstream(text.substr(label.size())) >> kib;
    out.peak_memory = kib * 1024;
  }
  return out;
}

result<std::unique_ptr<child_server>> child_server::start(const std::string& program,
                                                          std::vector<std::string> arguments) {
  std::array<int, 2> log{};
  if (::pipe2(log.data(), O_CLOEXEC) != 0) return system_error("pipe");
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (auto& each : arguments) words.push_back(each.data());
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(program.c_str(), words.data(), log[1], parent);
  const auto failed = system_error("fork");
  ::close(log[1]);
  if (pid < 0) {
    ::close(log[0]);
    return failed;
  }
  return std::unique_ptr<child_server>(new child_server(pid, log[0]));
}

child_server::child_server(pid_t pid, int log)
    : pid_(pid), log_(log), reader_([this] { read_log(); }) {}

child_server::~child_server() {
  stop();
  ::close(log_);
}

int child_server::stop() {
  using namespace std::chrono_literals;
  if (exit_code_) return *exit_code_;
  ::kill(pid_, SIGTERM);
  {
    // Its log ends with it.
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 10s, [this] { return ended_; })) ::kill(pid_, SIGKILL);
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  reader_.join();
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return *exit_code_;
}

void child_server::read_log() {
  std::string held;
  std::array<char, 4096> bytes;
  for (;;) {
    const auto n = ::read(log_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    held.append(bytes.data(), static_cast<std::size_t>(n));
    for (auto end = held.find('\n'); end != std::string::npos; end = held.find('\n')) {
      take(held.substr(0, end));
      held.erase(0, end + 1);
    }
    if (held.size() > line_max) held.clear();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void child_server::take(std::string line) {
  const std::lock_guard lock(mutex_);
  const bool listens = !server_.empty() && !admin_.empty();
  // What is known stays: the URLs are read without the lock once both stand.
  if (server_.empty()) server_ = value_behind(line, "listening on ");
  if (admin_.empty()) admin_ = value_behind(line, "admin on ");
  if (listens || last_.size() > first_words_max) {
    last_ = std::move(line);
  } else {
    last_ += (last_.empty() ? "" : "\n") + line;
  }
  changed_.notify_all();
}

result<> child_server::wait_until_listening(std::chrono::nanoseconds limit) {
  std::unique_lock lock(mutex_);
  const auto known = [this] { return !server_.empty() && !admin_.empty(); };
  changed_.wait_for(lock, limit, [&] { return ended_ || known(); });
  if (known()) return {};
  if (ended_) return fail(errc::closed, "the server ended at once:\n" + last_);
  return fail(errc::timed_out, "the server does not say where it listens:\n" + last_);
}

bool child_server::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::string child_server::last_words() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace freshet::app
