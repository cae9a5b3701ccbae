#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using testing::HasSubstr;
using strings = std::vector<std::string>;

constexpr std::string_view one_bus = "bus.my-bus = { kind = 'zmq', connect = 'tcp://127.0.0.1:1' }";

/// A folder of its own that is gone afterwards.
class ConfigFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "freshet-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  std::filesystem::path folder_;
};

TEST(Overrides, SetsWinAndAreTypedAsToml) {
  const strings sets{"wait=3s",
                     "loops=2",
                     "log.access=true",
                     "listen=[\"127.0.0.1:1\"]",
                     "bus.my-bus.expect_every=5m",
                     "public_url=\"http://a\""};
  const auto got = parse(one_bus, "f.toml", sets);
  ASSERT_TRUE(got.ok()) << test::all_problems(got);
  EXPECT_EQ(got.value.wait, 3s);
  EXPECT_EQ(got.value.loops, 2u);
  EXPECT_TRUE(got.value.log.access);
  EXPECT_EQ(got.value.listen[0].port, 1);
  EXPECT_EQ(got.value.buses[0].expect_every, 5min);
  EXPECT_EQ(got.value.public_url, "http://a");
}

TEST(Overrides, AProblemNamesTheFlag) {
  const auto got = parse("", "f.toml", strings{"wiat=3s"});
  ASSERT_EQ(got.problems.size(), 1u);
  EXPECT_EQ(render(got.problems[0]), "--set wiat: unknown key\n  hint: did you mean `wait`?");
  EXPECT_THAT(test::all_problems(parse("", "f", strings{"wait"})), HasSubstr("expected --set key"));
  EXPECT_THAT(test::all_problems(parse("", "f", strings{"wait.x=1", "wait=1s", "wait.x=1"})),
              HasSubstr("there is no `x` inside of"));
}

TEST(Overrides, DigitsOfASecretStayText) {
  const auto got = parse("", "f", strings{"admin_token=0123"});
  ASSERT_TRUE(got.ok()) << test::all_problems(got);
  EXPECT_EQ(got.value.admin_token.source, "0123");
}

TEST(Overrides, AValueCannotSmuggleOtherKeys) {
  const auto got = parse("", "f", strings{"public_url=\"http://a\"\nloops=7"});
  EXPECT_FALSE(got.ok());
  EXPECT_EQ(got.value.loops, 1u);
}

TEST_F(ConfigFiles, EnvironmentIsBetweenFilesAndSets) {
  const auto file = write("a.toml", std::string("wait = '1s'\nloops = 1\n") + std::string(one_bus));
  const auto got = load(strings{file},
                        strings{"FRESHET_WAIT=2s", "FRESHET_LOOPS=5", "OTHER=1",
                                "FRESHET_PORT=tcp:", "FRESHET_BUS__MY_BUS__EXPECT_EVERY=2m"},
                        strings{"loops=6"});
  ASSERT_TRUE(got.ok()) << test::all_problems(got);
  EXPECT_EQ(got.value.wait, 2s);
  EXPECT_EQ(got.value.loops, 6u);
  EXPECT_EQ(got.value.buses[0].name, "my-bus");
  EXPECT_EQ(got.value.buses[0].expect_every, 2min);
}

TEST_F(ConfigFiles, LaterFilesWinKeyByKeyAndTagsAddUp) {
  const std::string tag = "\n[[tag]]\ntopic = '#'\nset = { a = '/msg/a' }\n";
  write("20.toml", "wait = '2s'\n[limits]\nfields = 5" + tag);
  write("10.toml", "wait = '1s'\nloops = 4\n[limits]\nstreams = 3\nfields = 4" + tag);
  write("ignored.txt", "broken");
  const auto got = load(strings{folder_.string()});
  ASSERT_TRUE(got.ok()) << test::all_problems(got);
  EXPECT_EQ(got.value.wait, 2s);
  EXPECT_EQ(got.value.loops, 4u);
  EXPECT_EQ(got.value.limits.fields, 5u);
  EXPECT_EQ(got.value.limits.streams, 3u);
  EXPECT_EQ(got.value.tags.size(), 2u);
  EXPECT_THAT(got.value.tags[1].where.file, HasSubstr("20.toml"));
}

TEST_F(ConfigFiles, UnreadableFilesAndEmptyFoldersAreProblems) {
  EXPECT_THAT(test::all_problems(load(strings{"/nonexistent/x.toml"})),
              HasSubstr("/nonexistent/x.toml: cannot be read: No such file"));
  EXPECT_THAT(test::all_problems(load(strings{folder_.string()})), HasSubstr("no *.toml"));
}

TEST_F(ConfigFiles, SecretsAreReadWhenUsed) {
  const auto file = write("token", "abc\n");
  EXPECT_EQ(*reveal({"Bearer ${file:" + file + "}!"}), "Bearer abc!");
  write("token", "new");
  EXPECT_EQ(*reveal({"${file:" + file + "}"}), "new");
  ASSERT_EQ(setenv("FRESHET_TEST_SECRET", "s3", 1), 0);
  EXPECT_EQ(*reveal({"${env:FRESHET_TEST_SECRET}"}), "s3");
  unsetenv("FRESHET_TEST_SECRET");
  EXPECT_EQ(reveal({"${env:FRESHET_TEST_SECRET}"}).error().code, errc::missing);
  EXPECT_EQ(reveal({"${file:" + file + "x}"}).error().code, errc::missing);
  EXPECT_EQ(reveal({"${file:" + file}).error().code, errc::malformed);
}

}  // namespace
}  // namespace freshet::config
