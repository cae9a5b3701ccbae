#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/connectors/upstream/upstream_fixture.hpp"

namespace freshet {
namespace {

/// A token that somebody rotates while the server runs.
class SecretHeaders : public upstream_fixture {
 protected:
  SecretHeaders()
      : path_(testing::TempDir() + "freshet_secret_header_" + std::to_string(::getpid())) {
    write("one\n");
  }
  ~SecretHeaders() override { std::filesystem::remove(path_); }

  void write(std::string_view text) { std::ofstream(path_) << text; }

  /// Each with a listener of its own, since a script ends with its connection.
  result<upstream_answer> ask_through(std::string_view first) {
    server_.emplace(ctx_, [](const std::string&) { return test::reply{ok("{}"), then::keep}; });
    config::upstream_settings settings;
    settings.name = "up";
    settings.url = "http://127.0.0.1:" + std::to_string(server_->port());
    settings.headers = {{"X-Key", {"key ${file:" + path_ + "}"}}, {"X-Other", {"same"}}};
    upstream_ = http_upstream::create(ctx_.get_executor(), settings,
                                      {{"X-Key", std::string(first)}, {"X-Other", "same"}})
                    .value();
    test::run(ctx_, fetch_all({target()}));
    return *answer_;
  }

  std::string path_;
};

TEST_F(SecretHeaders, AFileIsReadAgainForEachQuestion) {
  write("two\n");
  ASSERT_TRUE(ask_through("key one"));
  const auto& head = server_->requests.at(0);
  EXPECT_NE(head.find("X-Key: key two\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("X-Other: same\r\n"), std::string::npos) << head;
}

TEST_F(SecretHeaders, AFileThatIsGoneIsAnErrorThatNamesTheHeader) {
  std::filesystem::remove(path_);
  const auto got = ask_through("key one");
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().text().find("header X-Key"), std::string::npos) << got.error().text();
  EXPECT_TRUE(server_->requests.empty());
}

}  // namespace
}  // namespace freshet
