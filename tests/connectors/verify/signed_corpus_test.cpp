// Messages that Fedora's publishers really signed. Their authority's certificate is not among them,
// so each signer's own certificate is what is trusted here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "connectors/verify/base64_text.hpp"
#include "connectors/verify/canonical_message.hpp"
#include "connectors/verify/message_verifier.hpp"
#include "tests/connectors/verify/signer.hpp"

namespace freshet {
namespace {

struct recorded {
  std::string topic, frame, canonical, certificate;
};

class SignedCorpus : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("FRESHET_CORPUS");
    const auto file =
        std::filesystem::path(given != nullptr ? given : FRESHET_CORPUS_FOLDER) / "signed.ndjson";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    simdjson::dom::parser parser;
    std::set<std::string> signers;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const simdjson::dom::element r = parser.parse(line).value();
      const auto text = [&r](const char* name) {
        return std::string(r[name].get_string().value());
      };
      all.push_back({text("topic"), text("wire_frame2"), text("canonical"),
                     base64_bytes(text("certificate_b64")).value()});
      signers.insert(all.back().certificate);
    }
    ASSERT_GE(all.size(), 16u);
    std::string pem;
    for (const auto& one : signers) pem += one;
    settings.ca = test::write_file("signers.pem", pem);
    verifier = message_verifier::create(settings).value();
  }
  std::string why(const recorded& r, const std::string& frame) {
    return std::string(verifier->check(r.topic, frame, mono_time{}, wall_now).why);
  }

  std::vector<recorded> all;
  config::verify_settings settings;
  std::shared_ptr<message_verifier> verifier;
  wall_time wall_now = std::chrono::system_clock::now();
};

TEST_F(SignedCorpus, AllVerify) {
  for (const auto& r : all) {
    EXPECT_EQ(canonical_of(r.frame).bytes, r.canonical) << r.topic;
    EXPECT_EQ(why(r, r.frame), "") << r.topic;
  }
}

TEST_F(SignedCorpus, NoByteCanBeChanged) {
  std::size_t tried = 0;
  for (std::size_t n = 0; n < all.size(); ++n) {
    auto frame = all[n].frame;
    const std::size_t step = n == 12 ? 1 : 97;  // one of them whole, the others here and there
    for (std::size_t i = n % 7; i < frame.size(); i += step) {
      for (const int flip : {0x01, 0x20, 0x04}) {
        frame[i] = static_cast<char>(frame[i] ^ flip);
        EXPECT_NE(why(all[n], frame), "") << all[n].topic << " byte " << i << " ^ " << flip;
        frame[i] = static_cast<char>(frame[i] ^ flip);
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 8000u);
}

}  // namespace
}  // namespace freshet
