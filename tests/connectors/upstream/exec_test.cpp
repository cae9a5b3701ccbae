#include <dirent.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include "connectors/upstream/exec/exec_upstream.hpp"
#include "core/async/task_scope.hpp"
#include "net/client/client_errc.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::size_t open_descriptors() {
  std::size_t n = 0;
  auto* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++n;
  ::closedir(folder);
  return n;
}

class Exec : public testing::Test {
 protected:
  result<upstream_answer> run(std::vector<std::string> words) {
    exec_upstream up(ctx_.get_executor(), "tool", how_);
    result<upstream_answer> out = fail(errc::missing);
    test::run(ctx_, ask(&up, std::move(words), &out));
    return out;
  }
  result<upstream_answer> shell(const std::string& script) {
    return run({"/bin/sh", "-c", script});
  }

  static asio::awaitable<void> ask(upstream* of, std::vector<std::string> words,
                                   result<upstream_answer>* out) {
    upstream_request request;
    request.run = std::move(words);
    *out = co_await of->fetch(std::move(request));
  }

  asio::io_context ctx_{1};
  exec_upstream::way how_;
};

TEST_F(Exec, ArgumentsGoAsTheyAreAndOutputIsTheDocument) {
  const auto got = run({"/usr/bin/printf", "[\"%s\",\"%s\"]", "$(id)", "a b;c"});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "[\"$(id)\",\"a b;c\"]");
  EXPECT_EQ(got->status, 200u);
}

TEST_F(Exec, TheEnvironmentIsWhatTheConfigurationGives) {
  ::setenv("FRESHET_SECRET_OF_OURS", "x", 1);
  how_.environment = {{"KOJI_PROFILE", "fedora"}};
  const auto got = run({"/usr/bin/env"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "PATH=/usr/local/bin:/usr/bin:/bin\nLANG=C.UTF-8\nKOJI_PROFILE=fedora\n");
}

TEST_F(Exec, NothingOfOursIsOpenAndStandardInputIsEmpty) {
  EXPECT_EQ(shell("ls /proc/self/fd | tr '\\n' ' '; cat")->body, "0 1 2 3 ")
      << "3 is what `ls` itself reads";
}

TEST_F(Exec, ExitCodesAndSignals) {
  EXPECT_EQ(shell("exit 44")->status, 404u);
  const auto failed = shell("echo 'no such build' >&2; echo more >&2; exit 3");
  EXPECT_EQ(failed.error().code, client_errc::fault);
  EXPECT_EQ(failed.error().detail, "tool: exit code 3: no such build");
  EXPECT_EQ(shell("kill -TERM $$").error().detail, "tool: ended by signal 15");
  EXPECT_EQ(run({"/no/such/program"}).error().code, client_errc::unreachable);
  how_.directory = "/no/such/folder";
  EXPECT_EQ(shell("true").error().code, client_errc::unreachable);
}

TEST_F(Exec, WordsThatTheSystemDoesNotTakeAreNoFailureOfTheUpstream) {
  const auto got = run({"/bin/echo", std::string(1 << 20, 'x')});
  EXPECT_EQ(got.error().code, client_errc::protocol);
  EXPECT_THAT(got.error().detail, HasSubstr("too long"));
  EXPECT_EQ(run({"/bin/echo", std::string("a\0b", 3)}).error().code, client_errc::protocol);
}

TEST_F(Exec, ExitCodesAreToldThoughSigchldWasIgnored) {
  ::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(shell("exit 44")->status, 404u);
  EXPECT_EQ(shell("exit 3").error().detail, "tool: exit code 3");
}

TEST_F(Exec, WhoTakesTooLongIsKilledWithAllThatItBegan) {
  how_.timeout = 100ms;
  const auto began = std::chrono::steady_clock::now();
  const auto got = shell("sleep 100 & sleep 100");
  EXPECT_EQ(got.error().code, client_errc::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
}

TEST_F(Exec, WhatIsLeftBehindEndsWithItsProgram) {
  const auto began = std::chrono::steady_clock::now();
  const auto got = shell("sleep 100 & echo '{}'");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{}\n");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
}

TEST_F(Exec, OutputWithoutEndIsCutOff) {
  how_.output_max = 100'000;
  EXPECT_EQ(run({"/usr/bin/yes"}).error().code, client_errc::too_large);
  const auto loud = shell("yes | head -c 1000000 >&2; exit 1");
  EXPECT_THAT(loud.error().detail, HasSubstr("exit code 1: y"));
}

TEST_F(Exec, NothingIsLeftOpenOrUnreaped) {
  shell("true");
  const auto before = open_descriptors();
  how_.timeout = 20ms;
  for (int i = 0; i < 20; ++i) {
    shell("echo 1");
    shell("sleep 100");
    run({"/no/such/program"});
  }
  EXPECT_EQ(open_descriptors(), before);
  siginfo_t told{};
  EXPECT_EQ(::waitid(P_ALL, 0, &told, WEXITED | WNOHANG), -1) << "a child that nobody reaped";
}

TEST_F(Exec, ACancelledRunLeavesNothing) {
  exec_upstream up(ctx_.get_executor(), "tool", how_);
  result<upstream_answer> out = fail(errc::missing);
  task_scope scope(ctx_.get_executor(), [](std::string_view, std::exception_ptr) {});
  scope.spawn("run", ask(&up, {"/bin/sleep", "100"}, &out));
  test::run(ctx_, scope.close());
  siginfo_t told{};
  EXPECT_EQ(::waitid(P_ALL, 0, &told, WEXITED | WNOHANG), -1);
}

}  // namespace
}  // namespace freshet
