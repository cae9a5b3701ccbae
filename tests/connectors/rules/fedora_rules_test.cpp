// The rules shipped for Fedora, on messages of our own in every shape that Fedora's buses have had.
#include "tests/connectors/rules/fedora_rules.hpp"
#include "tests/connectors/rules/fedora_samples.hpp"

namespace freshet {
namespace {

using test::fedora_line;

TEST(FedoraRules, NameWhatMessagesAreAboutInEveryEnvironment) {
  test::fedora_rules rules;
  for (const auto& s : test::fedora_samples()) {
    for (const std::string begin :
         {"org.fedoraproject.prod.", "org.fedoraproject.stg.", "org.fedoraproject.dev.", ""}) {
      auto named = rules.names(fedora_line(begin + s.topic, s.msg));
      EXPECT_EQ(named["package"], s.packages) << begin << s.topic << " " << s.msg;
      EXPECT_EQ(named["user"], s.users) << begin << s.topic << " " << s.msg;
    }
  }
}

TEST(FedoraRules, OtherPrefixesOfOtherPublishers) {
  test::fedora_rules rules;
  const auto version = std::string(
      R"({"distro":null,"message":{"agent":"anitya","packages":[{"distro":"Fedora","package_name":"up-1"},{"distro":"fedora","package_name":"up-2"},{"distro":"Arch","package_name":"no"}]},"project":{"name":"up"}})");
  for (const std::string topic : {"org.release-monitoring.prod.anitya.project.version.update",
                                  "org.release-monitoring.stg.anitya.project.version.update.v2"})
    EXPECT_EQ(rules.packages(fedora_line(topic, version)), (std::set<std::string>{"up-1", "up-2"}));
  const std::string map = "org.release-monitoring.prod.anitya.project.map.";
  const auto moved = R"({"distro":{"name":"Fedora"},"message":{"new":"new-n","prev":"old-n"}})";
  EXPECT_EQ(rules.packages(fedora_line(map + "update", moved)),
            (std::set<std::string>{"new-n", "old-n"}));
  EXPECT_EQ(rules.packages(fedora_line(map + "new", moved)), (std::set<std::string>{"new-n"}));
  EXPECT_EQ(rules.packages(fedora_line(map + "remove", moved)), std::set<std::string>{});
  EXPECT_EQ(rules.packages(
                fedora_line(map + "new", R"({"distro":{"name":"Debian"},"message":{"new":"d"}})")),
            std::set<std::string>{});
  EXPECT_EQ(rules.packages(fedora_line("/topic/VirtualTopic.eng.bugzilla.bug.create",
                                       R"({"bug":{"component":{"id":1,"name":"stomp"}}})")),
            std::set<std::string>{"stomp"});
  for (const std::string topic :
       {"org.centos.prod.ci.pipeline.package.complete", "io.pagure.prod.pagure.git.receive",
        "fedoracollege.content.edit"})
    EXPECT_EQ(
        rules.packages(fedora_line(topic, R"({"repo":"vim","nvr":"vim-1-1","username":"u"})")),
        std::set<std::string>{})
        << topic;
}

/// mdapi's pages are by branch, its messages by repository.
TEST(FedoraRules, RepositoriesAreOfBranches) {
  test::fedora_rules rules;
  for (const std::string branch : {"rawhide", "f41", "epel9", "koji"}) {
    for (const std::string end : {"", "-updates", "-updates-testing", "-testing"}) {
      for (const std::string begin : {"", "src_"}) {
        const auto msg = R"({"packages":["p"],"name":")" + begin + branch + end + R"("})";
        const auto line = fedora_line("org.fedoraproject.prod.mdapi.repo.update", msg);
        EXPECT_EQ(rules.names(line)["branch"], std::set<std::string>{branch}) << line;
      }
    }
  }
}

/// Of dist-git's namespaces one has packages.
TEST(FedoraRules, OtherNamespacesHaveNoPackages) {
  test::fedora_rules rules;
  for (const std::string topic : {"git.branch", "git.lookaside.new"}) {
    for (const std::string space : {"container", "flatpaks", "modules", "tests"}) {
      const auto msg = R"({"agent":"gus","name":"perl","namespace":")" + space + R"("})";
      EXPECT_EQ(rules.packages(fedora_line("org.fedoraproject.prod." + topic, msg)),
                std::set<std::string>{})
          << topic << " " << space;
    }
  }
}

/// fedora-messaging says what was built; an rpm may be a subpackage of it.
TEST(FedoraRules, HeadersNameThePackageOfASignature) {
  test::fedora_rules rules;
  const std::string body = R"(,"msg":{"rpm":{"name":"qt6-qtbase-gui"},"build":{"id":3}}})";
  const std::string head = R"({"topic":"org.fedoraproject.prod.buildsys.rpm.sign","headers":)";
  EXPECT_EQ(rules.packages(head + "{}" + body), std::set<std::string>{"qt6-qtbase-gui"});
  const std::string with =
      R"({"fedora_messaging_schema":"SignV1","fedora_messaging_rpm_qt6-qtbase":true})";
  EXPECT_EQ(rules.packages(head + with + body), std::set<std::string>{"qt6-qtbase"});
}

}  // namespace
}  // namespace freshet
