// Who messages are about, family by family, as Fedora's own rules see it.
#include "tests/connectors/rules/fedora_rules.hpp"
#include "tests/connectors/rules/fedora_samples.hpp"

namespace freshet {
namespace {

using names = std::set<std::string>;

struct person {
  const char* topic;
  const char* msg;
  names users;
};

const std::vector<person> fedora = {
    {"bodhi.update.complete.testing",
     R"({"agent":"composer","update":{"title":"a-1-1","user":{"name":"ada"}}})",
     {"composer", "ada"}},
    {"bodhi.update.eject", R"({"update":{"title":"a-1-1","submitter":{"name":"ada"}}})", {"ada"}},
    {"bodhi.errata.publish", R"({"update":{"title":"a-1-1","submitter":"ada"}})", {"ada"}},
    {"bodhi.update.comment",
     R"({"comment":{"author":"cy","update_title":"a-1-1","text":"no @.\nsee @ada: (@bob)/@eve_1!"}})",
     {"cy", "ada", "bob", "eve_1"}},
    {"bodhi.update.comment",
     R"({"comment":{"user":{"name":"cy"},"author":"other","update_title":"a-1-1","text":null}})",
     {"cy"}},
    {"bodhi.update.status.testing.koji-build-group.build.complete",
     R"({"agent":"bodhi","artifact":{"builds":[{"issuer":"ann"},{"issuer":"ben"}]}})",
     {"bodhi", "ann", "ben"}},
    {"buildsys.package.list.change", R"({"package":"p","owner":"ada"})", {}},
    {"copr.chroot.start", R"({"user":"ada","owner":"@group","chroot":"x"})", {"ada", "@group"}},
    {"copr.build.end", R"({"user":null,"owner":"ada"})", {"ada"}},
    {"mbs.module.state.change", R"({"owner":"ada"})", {"ada"}},
    {"odcs.compose.state-changed", R"({"compose":{"owner":"ada"}})", {"ada"}},
    {"pkgdb.owner.update", R"({"agent":"ada","username":"orphan"})", {"ada"}},
    {"pkgdb.acl.update", R"({"agent":["ada"],"username":"bob"})", {"ada", "bob"}},
    {"waiverdb.waiver.new", R"({"username":"ada","result_id":1})", {"ada"}},
    {"planet.post.new", R"({"username":"ada","post":{}})", {"ada"}},
    {"hubs.hub.updated",
     R"({"username":"ada","hub_name":"bob","hub_type":"user"})",
     {"ada", "bob"}},
    {"hubs.hub.updated", R"({"username":"ada","hub_name":"design","hub_type":"team"})", {"ada"}},
    {"infragit.receive", R"({"commit":{"username":"ada","path":"/git/x"}})", {"ada"}},
    {"trac.git.receive", R"({"commit":{"username":"ada"}})", {"ada"}},
    {"trac.wiki.page.update", R"({"agent":"ada","page":{"author":"bob"}})", {"ada", "bob"}},
    {"trac.wiki.page.rename", R"({"agent":"ada","page":{"author":""}})", {"ada"}},
    {"trac.ticket.new",
     R"({"agent":"ada","ticket":{"reporter":"ada","owner":"bob","cc":"cy, dee,eve"}})",
     {"ada", "bob", "cy", "dee", "eve"}},
    {"wiki.article.edit", R"({"user":"Ada","title":"t"})", {"ada"}},
    {"wiki.upload.complete", R"({"user_text":"Ada","user_id":7})", {"ada"}},
    {"openqa.comment.create", R"({"user":"ada","job_id":1})", {"ada"}},
    {"openqa.job.done", R"({"id":1,"user":null})", {}},
    {"nagios.service.state.change",
     R"({"host":"h","service_ack_author":"http://ada.id.fedoraproject.org/","host_ack_author":""})",
     {"ada"}},
    {"nagios.host.state.change", R"({"host":"h","host_ack_author":null})", {}},
    {"mailman.receive", R"({"msg":{"from":"Ada <ada@fedoraproject.org>"}})", {"ada"}},
    {"mailman.receive", R"({"msg":{"from":"ada@fedoraproject.org"}})", {"ada"}},
    {"mailman.receive", R"({"msg":{"from":"Ada <ada@example.org>"}})", {}},
    {"bugzilla.bug.update",
     R"({"bug":{"component":"p","creator":"ada@fedoraproject.org","assigned_to":"list@lists.fedoraproject.org","cc":["bob@fedoraproject.org","cy@example.org"]},"comment":{"author":"dee@fedoraproject.org"},"event":{"who":"eve@fedoraproject.org"}})",
     {"ada", "bob", "dee", "eve"}},
    {"bugzilla.bug.update",
     R"({"bug":{"component":"p","creator":null,"assigned_to":"finn@fedoraproject.org","cc":[]},"comment":null,"event":null})",
     {"finn"}},
    {"github.push",
     R"({"fas_usernames":{"a-l":"ada","org":"github_org_org","b":"bob"}})",
     {"ada", "bob"}},
    {"github.fork", R"({"fas_usernames":{}})", {}},
    {"fedbadges.badge.award", R"({"user":{"username":"ada"},"badge":{"name":"b"}})", {"ada"}},
    {"fedbadges.person.login.first", R"({"person":{"nickname":"ada"}})", {"ada"}},
    {"ansible.playbook.complete", R"({"userid":"ada","results":{}})", {"ada"}},
    {"faf.report.threshold1",
     R"({"components":["p"],"maintainers":["ada","bob"]})",
     {"ada", "bob"}},
    {"fmn.preference.update", R"({"openid":"ada.id.fedoraproject.org"})", {"ada"}},
    {"askbot.post.edit", R"({"agent":"ada","newly_mentioned_users":["bob"]})", {"ada", "bob"}},
    {"askbot.post.edit", R"({"agent":"ada","newly_mentioned_users":[]})", {"ada"}},
    {"nuancier.candidate.approved",
     R"({"agent":"ada","candidate":{"submitter":"bob"}})",
     {"ada", "bob"}},
    {"fedora_elections.election.new", R"({"fas_user":"ada","alias":"x"})", {"ada"}},
    {"fedora_elections.election.edit", R"({"agent":"ada","election":{}})", {"ada"}},
    {"irc.karma", R"({"agent":"ada","recipient":"bob","vote":1})", {"ada", "bob"}},
    {"meetbot.meeting.start", R"({"attendees":{"a-nick":1},"owner":"a-nick"})", {}},
    {"compose.rawhide.start", R"({"arch":"x86_64","branch":"rawhide"})", {}},
};

TEST(FedoraPeople, AreNamedAsFedoraNamesThem) {
  test::fedora_rules rules;
  for (const auto& one : fedora)
    EXPECT_EQ(rules.names(test::fedora_line(std::string("org.fedoraproject.prod.") + one.topic,
                                            one.msg))["user"],
              one.users)
        << one.topic << " " << one.msg;
}

TEST(FedoraPeople, OfOtherPublishers) {
  test::fedora_rules rules;
  const auto users = [&](const std::string& topic, const char* msg) {
    return rules.names(test::fedora_line(topic, msg))["user"];
  };
  const std::string anitya = "org.release-monitoring.prod.anitya.";
  EXPECT_EQ(users(anitya + "project.version.update", R"({"message":{"agent":"anitya"}})"),
            names{"anitya"});
  EXPECT_EQ(
      users(anitya + "project.add", R"({"message":{"agent":"http://ada.id.fedoraproject.org/"}})"),
      names{"ada"});
  EXPECT_EQ(users(anitya + "project.edit", R"({"message":{"agent":"ada@fedoraproject.org"}})"),
            names{"ada"});
  EXPECT_EQ(users(anitya + "distro.add", R"({"message":{"agent":"ada@example.org"}})"), names{});
  const std::string push = "io.pagure.prod.pagure.git.receive";
  EXPECT_EQ(users(push, R"({"commit":{"email":"ada@fedoraproject.org"}})"), names{"ada"});
  EXPECT_EQ(users(push, R"({"agent":"bob","commit":{"email":"ada@fedoraproject.org"}})"),
            names{"bob"});
  for (const std::string topic :
       {"org.centos.prod.ci.pipeline.package.queued",
        "org.centos.prod.allpackages.pipeline.complete",
        "org.centos.stage.container.pipeline.complete", "fedoracollege.content.edit"})
    EXPECT_EQ(users(topic, R"({"username":"ada"})"), names{"ada"}) << topic;
  EXPECT_EQ(users("org.centos.prod.ci.pipeline.complete", R"({"username":null})"), names{});
}

}  // namespace
}  // namespace freshet
