#include "connectors/upstream/exec/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace freshet {
namespace {

struct pipe_ends {
  owned_descriptor read, write;
};

result<pipe_ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(errc::overloaded, std::string("pipe: ") + std::strerror(errno));
  pipe_ends made{owned_descriptor(ends[0]), owned_descriptor(ends[1])};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // our end only: the program writes as it likes
  return made;
}

/// Who started us may have had SIGCHLD ignored, and then nobody would be told how a program ended.
void keep_exit_codes() {
  struct sigaction is{};
  if (::sigaction(SIGCHLD, nullptr, &is) != 0 || is.sa_handler != SIG_IGN) return;
  is.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &is, nullptr);
}

/// posix_spawn's two objects, which must be destroyed.
class spawn_plan {
 public:
  spawn_plan() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
  }
  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
  }
  spawn_plan(const spawn_plan&) = delete;

  void fill(int out, int err, const std::string& directory) {
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&files, directory.c_str());
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(
        &how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }

  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
};

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const auto& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

owned_descriptor::~owned_descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int owned_descriptor::release() { return std::exchange(fd_, -1); }

result<child_process> child_process::start(const order& what) {
  keep_exit_codes();
  auto out = make_pipe();
  if (!out) return out.error();
  auto err = make_pipe();
  if (!err) return err.error();
  spawn_plan plan;
  plan.fill(out->write.get(), err->write.get(), what.directory);
  const auto words = pointers_to(what.words);
  const auto environment = pointers_to(what.environment);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, words[0], &plan.files, &plan.how, words.data(), environment.data());
  if (failed != 0) {
    const bool ours = failed == EAGAIN || failed == ENOMEM || failed == EMFILE || failed == ENFILE;
    const auto why = failed == E2BIG ? errc::out_of_range : errc::missing;
    return fail(ours ? errc::overloaded : why,
                "cannot run " + what.words.front() + ": " + std::strerror(failed));
  }
  owned_descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int why = errno;
  const bool watched = ended.get() >= 0;
  child_process made(pid, std::move(out->read), std::move(err->read), std::move(ended));
  if (!watched) return fail(errc::overloaded, std::string("pidfd_open: ") + std::strerror(why));
  return made;
}

child_process::child_process(child_process&& other) noexcept
    : out(std::move(other.out)),
      err(std::move(other.err)),
      ended(std::move(other.ended)),
      pid_(std::exchange(other.pid_, 0)) {}

child_process::~child_process() {
  if (pid_ == 0) return;
  kill();
  wait(0);  // killed: it does not take long
}

void child_process::kill() {
  // The group's number is the program's, and stays taken until the program is reaped.
  if (pid_ != 0) ::kill(-pid_, SIGKILL);
}

std::optional<exit_state> child_process::wait(int flags) {
  siginfo_t told{};
  int failed = 0;
  do {
    failed = ::waitid(P_PID, static_cast<id_t>(pid_), &told, WEXITED | flags);
  } while (failed != 0 && errno == EINTR);
  if (failed == 0 && told.si_pid == 0) return std::nullopt;
  pid_ = 0;
  if (failed != 0) return exit_state{};  // somebody else took it: its end is not known
  return exit_state{told.si_code == CLD_EXITED, told.si_status};
}

std::optional<exit_state> child_process::reap() {
  if (pid_ == 0) return exit_state{};
  return wait(WNOHANG);
}

}  // namespace freshet
