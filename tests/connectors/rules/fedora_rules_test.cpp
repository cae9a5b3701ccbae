// The rules shipped for Fedora, on messages of our own in every shape that Fedora's buses have had.
#include "tests/connectors/rules/fedora_rules.hpp"

#include <fmt/format.h>

namespace freshet {
namespace {

using simdjson::dom::element;

struct sample {
  const char* topic;
  const char* msg;
  std::set<std::string> packages;
  std::set<std::string> users;
};

std::vector<sample> koji_and_bodhi() {
  return {
      {"buildsys.build.state.change",
       R"({"attribute":"state","build_id":7,"instance":"primary","name":"perl-Net-SSH2","new":1,"old":0,"owner":"ada","version":"0.72","release":"3.el9"})",
       {"perl-Net-SSH2"},
       {"ada"}},
      {"buildsys.build.state.change",
       R"({"build_id":8,"instance":"s390","name":"0ad","new":0,"old":null,"owner":null})",
       {"0ad"},
       {}},
      {"buildsys.tag",
       R"({"name":"rust-h2","tag":"epel9-testing","owner":"bob","user":"bodhi","version":"1","release":"2"})",
       {"rust-h2"},
       {"bob", "bodhi"}},
      {"buildsys.untag",
       R"({"build":{"name":"rust-h2"},"tag":"f41","owner":"bob","user":"bob"})",
       {"rust-h2"},
       {"bob"}},
      {"buildsys.package.list.change", R"({"package":"zzuf","tag":"f41"})", {"zzuf"}, {}},
      {"buildsys.rpm.sign",
       R"({"info":{"name":"qt6-qtbase-devel","arch":"i686"}})",
       {"qt6-qtbase-devel"},
       {}},
      {"buildsys.rpm.sign",
       R"({"rpm":{"name":"qt6-qtbase-gui"},"build":{"id":3}})",
       {"qt6-qtbase-gui"},
       {}},
      {"buildsys.repo.done", R"({"tag":"f41-build","instance":"primary"})", {}, {}},
      {"buildsys.task.state.change",
       R"({"owner":"eve","srpm":"nano-8.1-1.fc41.src.rpm"})",
       {},
       {"eve"}},
      {"bodhi.update.request.testing",
       R"({"agent":"ada","update":{"alias":"FEDORA-2031-aa","title":"go-rpm-macros-3.2.0-1.fc41 a-b-c-0.1-0.1.20240101git1a2b3c.fc41","builds":[{"nvr":"go-rpm-macros-3.2.0-1.fc41","epoch":1},{"nvr":"a-b-c-0.1-0.1.20240101git1a2b3c.fc41"}],"user":{"name":"bob"}}})",
       {"go-rpm-macros", "a-b-c"},
       {"ada", "bob"}},
      {"bodhi.update.complete.stable",
       R"({"agent":"releng","update":{"title":"nodejs-20-4120240101.0c41","builds":[{"nvr":"nodejs-20-4120240101.0c41","type":"module"}],"submitter":"mod"}})",
       {"nodejs"},
       {"releng", "mod"}},
      {"bodhi.update.complete.testing",
       R"({"update":{"title":"one-1-1.el8,two-x-2-2.el8 three-3-3.el8, four-4-4.el8","submitter":{"name":"ann"}}})",
       {"one", "two-x", "three", "four"},
       {"ann"}},
      {"bodhi.update.edit",
       R"({"agent":"ann","update":{"title":"solo","builds":null}})",
       {"solo"},
       {"ann"}},
      {"bodhi.update.comment",
       R"({"comment":{"author":"cy","text":"works","update_title":"x11-apps-7-2.fc40 y-1-1.fc40"}})",
       {"x11-apps", "y"},
       {"cy"}},
      {"bodhi.update.comment",
       R"({"comment":{"user":{"name":"cy"},"update":{"builds":[{"nvr":"fish-3.7.1-2.fc40"}]}}})",
       {"fish"},
       {"cy"}},
      {"bodhi.errata.publish",
       R"({"subject":"x","update":{"title":"fish-3.7.1-2.fc40"}})",
       {"fish"},
       {}},
      {"bodhi.buildroot_override.tag",
       R"({"override":{"build":{"nvr":"llvm-18-libs-18.1.1-1.fc40"},"submitter":{"name":"dee"}}})",
       {"llvm-18-libs"},
       {"dee"}},
      {"bodhi.buildroot_override.untag",
       R"({"override":{"build":"llvm-18.1.1-1.fc40","submitter":"dee"}})",
       {"llvm"},
       {"dee"}},
      {"bodhi.buildroot_override.untag",
       R"({"override":{"nvr":"llvm-18.1.1-1.fc40"}})",
       {"llvm"},
       {}},
      {"bodhi.masher.start",
       R"({"agent":"rel","updates":["p-1-1.fc40,q-q-2-2.fc40","r-3-3.el9"]})",
       {"p", "q-q", "r"},
       {"rel"}},
      {"bodhi.stack.save",
       R"({"agent":"ann","stack":{"name":"lxqt","packages":[{"name":"lxqt-panel"},{"name":"lxqt-qtplugin"}]}})",
       {"lxqt-panel", "lxqt-qtplugin"},
       {"ann"}},
      {"bodhi.compose.composing",
       R"({"agent":"rel","updates":["sec-2-1.el6"],"repo":"r"})",
       {},
       {"rel"}},
      {"bodhi.updates.epel.sync", R"({"repo":"epel","release":"9"})", {}, {}},
  };
}

std::vector<sample> git_and_pkgdb() {
  return {
      {"git.receive",
       R"({"commit":{"repo":"libX11","username":"gus","branch":"epel9","email":"g@example.org"}})",
       {"libX11"},
       {"gus"}},
      {"git.receive.java-1.8.0-openjdk.f20",
       R"({"commit":{"branch":"f20","username":"gus"}})",
       {"java-1.8.0-openjdk"},
       {"gus"}},
      {"git.receive.mutter.master",
       R"({"commit":{"repo":null,"branch":"master"}})",
       {"mutter"},
       {}},
      {"git.branch.gtk4.epel10", R"({"agent":"gus"})", {"gtk4"}, {"gus"}},
      {"git.branch", R"({"agent":"gus","name":"gtk3","branch":"epel10"})", {"gtk3"}, {"gus"}},
      {"git.lookaside.texlive.new",
       R"({"agent":"tex","name":"texlive","filename":"a.tar.xz"})",
       {"texlive"},
       {"tex"}},
      {"git.pkgdb2branch.complete",
       R"({"agent":"adm","branchedPackages":["a1"],"unbranchedPackages":["b2","c-3"]})",
       {"a1", "b2", "c-3"},
       {"adm"}},
      {"git.pkgdb2branch.complete",
       R"({"agent":"adm","branchedPackages":null,"unbranchedPackages":["b2"]})",
       {"b2"},
       {"adm"}},
      {"git.mass_branch.start", R"({"agent":"adm"})", {}, {"adm"}},
      {"pagure.git.receive",
       R"({"agent":"pat","repo":{"name":"tool","namespace":"rpms"}})",
       {},
       {"pat"}},
      {"pkgdb.owner.update",
       R"({"agent":"own","package_listing":{"package":{"name":"vim-ale"},"point_of_contact":"orphan"}})",
       {"vim-ale"},
       {"own"}},
      {"pkgdb.acl.update",
       R"({"agent":"own","username":"new","package_listing":{"package":{"name":"vim-ale"}}})",
       {"vim-ale"},
       {"own", "new"}},
      {"pkgdb.acl.delete",
       R"({"agent":"own","acl":{"fas_name":"old","packagelist":{"package":{"name":"emacs-w3m"}}}})",
       {"emacs-w3m"},
       {"own", "old"}},
      {"pkgdb.acl.user.remove",
       R"({"agent":"own","username":"old","package_listings":[{"package":{"name":"m1"}},{"package":{"name":"m2"}}]})",
       {"m1", "m2"},
       {"own", "old"}},
      {"pkgdb.package.update",
       R"({"agent":"own","package":"dash-it-all"})",
       {"dash-it-all"},
       {"own"}},
      {"pkgdb.package.update",
       R"({"agent":["own"],"package":{"name":"dash-it-all"}})",
       {"dash-it-all"},
       {"own"}},
      {"pkgdb.package.new.request",
       R"({"agent":"own","package":null,"info":{"pkg_name":"n0"}})",
       {"n0"},
       {"own"}},
      {"pkgdb.admin.action.status.update",
       R"({"agent":"adm","action":{"package":{"name":"n1"},"user":"own"}})",
       {"n1"},
       {"adm"}},
      {"pkgdb.admin.action.status.update",
       R"({"agent":"adm","action":{"info":{"pkg_name":"n2"},"package":null}})",
       {"n2"},
       {"adm"}},
      {"pkgdb.collection.new", R"({"agent":"adm","collection":{"name":"Fedora"}})", {}, {"adm"}},
  };
}

std::vector<sample> upstreams_and_bugs() {
  return {
      {"bugzilla.bug.new",
       R"({"bug":{"id":11,"component":"tcl-tk","product":"Fedora EPEL"}})",
       {"tcl-tk"},
       {}},
      {"bugzilla.bug.update",
       R"({"bug":{"id":12,"component":{"id":9,"name":"tcl"},"product":{"id":49,"name":"Fedora"}},"event":{"changes":[]}})",
       {"tcl"},
       {}},
      {"bugzilla.bug.update",
       R"({"bug":{"id":13,"component":"new-home"},"event":{"changes":[{"field":"component","removed":"old-home","added":"new-home"},{"field":"status","removed":"NEW","added":"CLOSED"}]}})",
       {"new-home", "old-home"},
       {}},
      {"bugzilla.bug.update",
       R"({"bug":{"id":14,"component":"Package Review"},"event":null})",
       {},
       {}},
      {"bugzilla.bug.update",
       R"({"bug":{"id":15,"component":null,"components":["tk"]}})",
       {"tk"},
       {}},
      {"bugzilla.comment.create",
       R"({"comment":{"body":"b","bug":{"id":16,"component":{"id":1,"name":"gnome-x"}}},"event":{"bug_id":16}})",
       {"gnome-x"},
       {}},
      {"bugzilla.attachment.create",
       R"({"attachment":{"bug":{"id":17,"component":{"id":18186,"name":"Package Review"}}}})",
       {},
       {}},
      {"mdapi.repo.update",
       R"({"name":"f40-updates-testing","packages":["a","b-c"],"url":"x"})",
       {"a", "b-c"},
       {}},
      {"mdapi.repo.update",
       R"j({"name":"rawhide","differences":{"files":{"added":[["/usr/bin/x","file","x-bin"]],"removed":[]},"provides":{"added":[["libq.so.1()(64bit)","EQ","0","1","1.fc41","q-libs"]],"removed":[["y(x86-64)","EQ","0","1","1","y"]]},"requires":{"added":[["/bin/sh",null,null,null,null,"sh-user"]],"removed":[["meat",null,null,null,null,"pot"]]},"packages":{"added":[["z-doc","1","1.fc41","0","noarch"]],"removed":[]}}})j",
       {"x-bin", "libq.so.1", "y", "sh-user", "meat", "z-doc"},
       {}},
      {"hotness.update.drop",
       R"({"trigger":{"topic":"org.release-monitoring.prod.anitya.project.version.update","msg":{"message":{"packages":[{"distro":"Fedora","package_name":"h1"},{"distro":"Debian","package_name":"h2"}]}}}})",
       {"h1"},
       {}},
      {"hotness.update.bug.followup",
       R"({"bug":{"bug_id":5},"trigger":{"topic":"org.fedoraproject.prod.buildsys.build.state.change","msg":{"name":"h3","owner":"bot"}}})",
       {"h3"},
       {}},
      {"hotness.update.bug.followup",
       R"({"bug":{"bug_id":5},"trigger":{"topic":"org.fedoraproject.prod.buildsys.task.state.change","msg":{"srpm":"h4-1-1.src.rpm"}}})",
       {},
       {}},
      {"hotness.project.map",
       R"({"trigger":{"topic":"org.fedoraproject.prod.pkgdb.package.new","msg":{"package_listing":{"package":{"name":"h5"}}}}})",
       {"h5"},
       {}},
      {"hotness.project.map",
       R"({"trigger":{"topic":"org.fedoraproject.prod.pkgdb.package.monitor.update","msg":{"package":{"name":"h6"}}}})",
       {"h6"},
       {}},
  };
}

std::vector<sample> watchers() {
  return {
      {"fedoratagger.tag.update",
       R"({"vote":{"like":false,"tag":{"package":"tag-me","tag":"x"},"user":{"username":"tom"}}})",
       {"tag-me"},
       {"tom"}},
      {"fedoratagger.tag.create",
       R"({"vote":{"tag":{"package":{"tag-me-not":[{"tag":"x"}]}},"user":{"username":"tom"}}})",
       {"tag-me-not"},
       {"tom"}},
      {"fedoratagger.rating.update",
       R"({"rating":{"package":{"name":"rated"},"user":{"username":"tom"},"rating":50}})",
       {"rated"},
       {"tom"}},
      {"fedoratagger.usage.toggle",
       R"({"package":{"name":"used"},"usage":true,"user":{"username":"tom"}})",
       {"used"},
       {"tom"}},
      {"fedoratagger.user.rank.update", R"({"user":{"username":"tom","rank":4}})", {}, {"tom"}},
      {"koschei.package.state.change", R"({"name":"kos","new":"failing","old":"ok"})", {"kos"}, {}},
      {"koschei.collection.state.change", R"({"collection":"f41","new":"ok"})", {}, {}},
      {"faf.report.threshold1",
       R"({"components":["evo","thun-der"],"count":1})",
       {"evo", "thun-der"},
       {}},
      {"summershum.ingest.fail",
       R"({"original":{"agent":"sum","name":"glib-2"}})",
       {"glib-2"},
       {"sum"}},
      {"kerneltest.upload.new", R"({"agent":"ker","test":{"result":"PASS"}})", {"kernel"}, {"ker"}},
      {"taskotron.result.new",
       R"({"task":{"type":"koji_build","item":"foo-bar-1.0-1.fc99","name":"rpmlint"},"result":{}})",
       {"foo-bar"},
       {}},
      {"taskotron.result.new",
       R"({"task":{"type":"bodhi_update","item":"FEDORA-2031-1"}})",
       {},
       {}},
      {"greenwave.decision.update",
       R"({"subject":[{"type":"koji_build","item":"gw-x-1-1.fc41"},{"type":"bodhi_update","item":"FEDORA-1"}]})",
       {"gw-x"},
       {}},
      {"copr.build.end", R"({"copr":"c","pkg":"c-1-1","user":"cop","build":1})", {}, {"cop"}},
      {"openqa.job.done", R"({"BUILD":"Fedora-Rawhide-1"})", {}, {}},
  };
}

std::vector<sample> all_samples() {
  std::vector<sample> out;
  for (auto part : {koji_and_bodhi(), git_and_pkgdb(), upstreams_and_bugs(), watchers()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

std::string line_of(const std::string& topic, std::string_view msg) {
  return fmt::format(R"({{"topic":"{}","msg":{},"msg_id":"1-2"}})", topic, msg);
}

TEST(FedoraRules, NameWhatMessagesAreAboutInEveryEnvironment) {
  test::fedora_rules rules;
  for (const auto& s : all_samples()) {
    for (const std::string begin :
         {"org.fedoraproject.prod.", "org.fedoraproject.stg.", "org.fedoraproject.dev.", ""}) {
      auto named = rules.names(line_of(begin + s.topic, s.msg));
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
    EXPECT_EQ(rules.packages(line_of(topic, version)), (std::set<std::string>{"up-1", "up-2"}));
  const std::string map = "org.release-monitoring.prod.anitya.project.map.";
  const auto moved = R"({"distro":{"name":"Fedora"},"message":{"new":"new-n","prev":"old-n"}})";
  EXPECT_EQ(rules.packages(line_of(map + "update", moved)),
            (std::set<std::string>{"new-n", "old-n"}));
  EXPECT_EQ(rules.packages(line_of(map + "new", moved)), (std::set<std::string>{"new-n"}));
  EXPECT_EQ(rules.packages(line_of(map + "remove", moved)), std::set<std::string>{});
  EXPECT_EQ(
      rules.packages(line_of(map + "new", R"({"distro":{"name":"Debian"},"message":{"new":"d"}})")),
      std::set<std::string>{});
  EXPECT_EQ(rules.packages(line_of("/topic/VirtualTopic.eng.bugzilla.bug.create",
                                   R"({"bug":{"component":{"id":1,"name":"stomp"}}})")),
            std::set<std::string>{"stomp"});
  for (const std::string topic :
       {"org.centos.prod.ci.pipeline.package.complete", "io.pagure.prod.pagure.git.receive",
        "fedoracollege.content.edit"})
    EXPECT_EQ(rules.packages(line_of(topic, R"({"repo":"vim","nvr":"vim-1-1","username":"u"})")),
              std::set<std::string>{})
        << topic;
}

/// Writes `from` but for the value number `change`, counted through the document: that one is left
/// out, or becomes null or another type.
class mutant {
 public:
  mutant(int change, std::string_view becomes) : change_(change), becomes_(becomes) {}
  std::string of(element from) {
    write(from);
    return std::move(out_);
  }
  bool changed() const { return changed_; }

 private:
  void write(element v) {
    if (next_++ == change_) {
      changed_ = true;
      out_ += becomes_;
      return;
    }
    if (simdjson::dom::object members; !v.get(members)) {
      out_ += '{';
      bool first = true;
      for (const auto& [name, value] : members) {
        if (becomes_.empty() && next_ == change_) {  // missing
          ++next_;
          changed_ = true;
          continue;
        }
        out_ += fmt::format(R"({}"{}":)", std::exchange(first, false) ? "" : ",", name);
        write(value);
      }
      out_ += '}';
    } else if (simdjson::dom::array elements; !v.get(elements)) {
      out_ += '[';
      bool first = true;
      for (const element value : elements) {
        if (!std::exchange(first, false)) out_ += ',';
        if (becomes_.empty() && next_ == change_) {
          ++next_;
          changed_ = true;
          out_ += "null";
          continue;
        }
        write(value);
      }
      out_ += ']';
    } else {
      out_ += simdjson::to_string(v);
    }
  }

  int change_;
  std::string_view becomes_;
  int next_ = 0;
  bool changed_ = false;
  std::string out_;
};

/// Whatever a publisher leaves out or turns into something else: no name is invented from it.
TEST(FedoraRules, DamagedMessagesNameNothingElse) {
  test::fedora_rules rules;
  simdjson::dom::parser parser;
  int tried = 0;
  for (const auto& s : all_samples()) {
    const element msg = parser.parse(std::string_view(s.msg)).value();
    for (const std::string_view becomes : {"", "null", "{}", "[]", R"({"id":4})", "[null]"}) {
      for (int change = 1;; ++change) {
        mutant m(change, becomes);
        const auto text = m.of(msg);
        if (!m.changed()) break;
        const auto line = line_of(std::string("org.fedoraproject.prod.") + s.topic, text);
        for (const auto& name : rules.packages(line)) {
          // The oldest form of a vote names its package by a member's name.
          const bool is_member =
              becomes == R"({"id":4})" && line.find("fedoratagger.tag.") != std::string::npos;
          EXPECT_TRUE(s.packages.contains(name) || is_member) << name << " from " << line;
        }
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 2000);
}

}  // namespace
}  // namespace freshet
