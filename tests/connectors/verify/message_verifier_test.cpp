#include "connectors/verify/message_verifier.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "core/config/load.hpp"
#include "tests/connectors/verify/signer.hpp"

namespace freshet {
namespace {

constexpr std::string_view topic = "org.example.prod.buildsys.tag";
constexpr wall_time noon{std::chrono::seconds{1'700'000'000}};

std::string object(std::string_view timestamp = "1600000000.178867", std::string_view of = topic) {
  return fmt::format(
      R"({{"crypto":"x509","i":1,"msg":{{"n":[1.10,null],"name":"a\u00e9"}},"timestamp":{},"topic":"{}"}})",
      timestamp, of);
}

/// One authority, one signer, and what a verifier says of frames.
class verifier_under_test {
 public:
  explicit verifier_under_test(config::verify_settings more = {}) {
    more.ca = ca_path = test::write_file("ca.pem", ca.self().pem());
    settings = std::move(more);
  }
  message_verifier& verifier() {
    if (!made) made = message_verifier::create(settings).value();
    return *made;
  }
  std::string why(const std::string& frame, std::string_view of = topic) {
    return std::string(verifier().check(of, frame, now, at).why);
  }

  test::authority ca;
  test::identity koji = ca.issue("koji-hub01.example.org");
  config::verify_settings settings;
  std::string ca_path;
  mono_time now{};
  wall_time at = noon;
  std::shared_ptr<message_verifier> made;
};

TEST(MessageVerifier, TakesWhatAVouchedSignerSigned) {
  verifier_under_test v;
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object())), "");
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object("1600000000"))), "");
  EXPECT_EQ(v.verifier().remembered(), 1u);
  EXPECT_EQ(v.verifier().trouble(v.at), "");
}

TEST(MessageVerifier, EveryByteCounts) {
  verifier_under_test v;
  const auto frame = test::signed_frame(v.koji, object());
  ASSERT_EQ(v.why(frame), "");
  for (std::size_t i = 0; i < frame.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80}) {
      auto other = frame;
      other[i] = static_cast<char>(other[i] ^ flip);
      EXPECT_NE(v.why(other), "") << "byte " << i << " ^ " << flip;
    }
  }
  EXPECT_EQ(v.why(frame), "");
  EXPECT_EQ(v.verifier().remembered(), 1u) << "what is not vouched for is not remembered";
}

TEST(MessageVerifier, SaysWhyNot) {
  verifier_under_test v;
  test::authority other("test authority");
  const auto stranger = other.issue("koji-hub01.example.org");
  EXPECT_EQ(v.why(test::signed_frame(stranger, object())), "untrusted");
  EXPECT_EQ(v.why(object()), "unsigned");
  EXPECT_EQ(v.why("{}"), "unsigned");
  EXPECT_EQ(v.why("{"), "bad_form");
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object()), "org.example.prod.other"), "wrong_topic");
  auto frame = test::signed_frame(v.koji, object());
  frame.replace(frame.find("1.10"), 4, "1.11");
  EXPECT_EQ(v.why(frame), "bad_signature");
  const auto text = R"({"certificate":"YWI=\n","signature":"YWI=\n","topic":"t"})";
  EXPECT_EQ(v.why(text, "t"), "bad_certificate");
}

/// Nothing around the certificate either, where readers of PEM would skip it.
TEST(MessageVerifier, TheCertificateIsNothingButTheCertificate) {
  verifier_under_test v;
  const auto frame = test::signed_frame(v.koji, object());
  const auto with = [&](const std::string& pem) {
    auto text = test::folded_base64(pem);
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
      text.replace(at, 1, "\\n");
    const auto end = frame.find("\",\"crypto\"");
    return R"({"certificate":")" + text + frame.substr(end);
  };
  EXPECT_EQ(v.why(with(v.koji.pem())), "");
  EXPECT_EQ(v.why(with("Certificate:\n" + v.koji.pem())), "bad_certificate");
  EXPECT_EQ(v.why(with(v.koji.pem() + "\n")), "bad_certificate");
  EXPECT_EQ(v.why(with(v.koji.pem() + v.ca.self().pem())), "bad_certificate");
}

TEST(MessageVerifier, CertificatesAreOfTheirDay) {
  verifier_under_test v;
  const auto old = v.ca.issue("old", test::year_2020, 1'600'000'100);
  EXPECT_EQ(v.why(test::signed_frame(old, object("1600000000.5"))), "");
  EXPECT_EQ(v.why(test::signed_frame(old, object("1600000101"))), "expired");
  EXPECT_EQ(v.why(test::signed_frame(old, object("1577836799"))), "expired") << "not valid yet";
  EXPECT_EQ(v.why(test::signed_frame(old, object("1900000000"))), "expired")
      << "nobody signs in the future: now counts";
  EXPECT_EQ(v.why(test::signed_frame(old, object("null"))), "expired");
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object("null"))), "");
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object("1900000000"))), "");
}

TEST(MessageVerifier, OnlySomeMaySpeakOfATopic) {
  const auto loaded = config::parse(
      "[bus.b]\nkind = 'zmq'\nconnect = 'tcp://127.0.0.1:1'\n"
      "verify = { ca = 'x', names = { 'org.*.*.buildsys.#' = ['koji-*', 'builder'], "
      "'org.*.*.buildsys.repo' = 'repo-*' } }");
  ASSERT_TRUE(loaded.ok());
  verifier_under_test v(*loaded.value.buses[0].verify);
  const auto bodhi = v.ca.issue("bodhi-01"), repo = v.ca.issue("repo-01");
  const auto said = [&](const test::identity& by, std::string_view of) {
    return v.why(test::signed_frame(by, object("1600000000", of)), of);
  };
  EXPECT_EQ(said(v.koji, topic), "");
  EXPECT_EQ(said(bodhi, topic), "wrong_name");
  EXPECT_EQ(said(repo, "org.a.b.buildsys.repo"), "") << "any of the patterns that fit";
  EXPECT_EQ(said(v.koji, "org.a.b.buildsys.repo"), "");
  EXPECT_EQ(said(bodhi, "org.a.b.other"), "") << "of this nobody said anything";
}

TEST(MessageVerifier, ARevokedSignerIsRefusedAsSoonAsTheListSaysSo) {
  verifier_under_test v;
  const auto list = v.settings.crl = test::write_file("crl.pem", v.ca.revoke({}));
  const auto frame = test::signed_frame(v.koji, object());
  EXPECT_EQ(v.why(frame), "");
  test::write_file("crl.pem", v.ca.revoke({&v.koji}));
  EXPECT_EQ(v.why(frame), "") << "the file is looked at once a second";
  v.now += std::chrono::seconds{1};
  EXPECT_EQ(v.why(frame), "revoked");
  test::write_file("crl.pem", "half of a li");
  v.now += std::chrono::seconds{1};
  EXPECT_EQ(v.why(frame), "revoked") << "what was read before still counts";
  EXPECT_EQ(v.verifier().trouble(v.at), "crl " + list + " holds no list in PEM");
  test::write_file("crl.pem", v.ca.revoke({}, 1'699'999'999));
  v.now += std::chrono::seconds{1};
  EXPECT_EQ(v.why(frame), "");
  EXPECT_EQ(v.verifier().trouble(v.at), "crl " + list + " is past its next update");
}

TEST(MessageVerifier, AnAuthorityCanBeReplaced) {
  verifier_under_test v;
  test::authority next("next authority");
  const auto by_next = next.issue("koji-hub01.example.org");
  EXPECT_EQ(v.why(test::signed_frame(by_next, object())), "untrusted");
  test::write_file("ca.pem", next.self().pem());
  v.now += std::chrono::seconds{1};
  EXPECT_EQ(v.why(test::signed_frame(by_next, object())), "");
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object())), "untrusted");
}

TEST(MessageVerifier, ASignerCanBeTrustedItself) {
  verifier_under_test v;
  v.settings.ca = test::write_file("signers.pem", v.koji.pem());
  EXPECT_EQ(v.why(test::signed_frame(v.koji, object())), "");
  EXPECT_EQ(v.why(test::signed_frame(v.ca.issue("another"), object())), "untrusted");
}

TEST(MessageVerifier, RemembersOnlySoMany) {
  verifier_under_test v;
  const auto frame = test::signed_frame(v.koji, object());
  EXPECT_EQ(v.why(frame), "");
  v.now += message_verifier::remembered_for;
  EXPECT_EQ(v.why(frame), "");
  EXPECT_EQ(v.verifier().remembered(), 1u);
}

/// More signers than are remembered, and what is refused: nothing of it stays. With
/// FRESHET_VERIFICATIONS=1000000 in the environment, a million times.
TEST(MessageVerifier, MemoryStaysFlat) {
  verifier_under_test v;
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < message_verifier::certificates_max + 50; ++i) {
    const auto signer = v.ca.issue_again(v.koji, fmt::format("koji-{}", i));
    const auto frame = test::signed_frame(signer, object());
    frames.push_back(frame);
    if (i % 8 == 0) frames.push_back(frame + " x");
    if (i % 8 == 1) frames.push_back(std::string(frame).replace(frame.find("1.10"), 4, "1.11"));
  }
  const char* asked = std::getenv("FRESHET_VERIFICATIONS");
  const std::size_t times = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 6000;
  std::uint32_t dice = 1;
  std::size_t good = 0, before = 0;
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < times; ++i) {
    if (i == times / 3) before = mallinfo2().uordblks;
    dice = dice * 1664525u + 1013904223u;
    // One publisher says most of what is said.
    const auto which = dice >> 30 != 0 ? 5 : (dice >> 8) % frames.size();
    good += v.why(frames[which]).empty();
  }
  const auto spent = std::chrono::steady_clock::now() - began;
  const auto after = mallinfo2().uordblks;
  EXPECT_GT(good, times / 2);
  EXPECT_EQ(v.verifier().remembered(), message_verifier::certificates_max);
  EXPECT_LT(after, before + (256u << 10));
  std::printf("  %zu verifications, %.1f us each; heap %zu -> %zu bytes\n", times,
              std::chrono::duration<double, std::micro>(spent).count() / double(times), before,
              after);
}

TEST(MessageVerifier, FilesThatAreNoneAreRefusedAtTheStart) {
  verifier_under_test v;
  const auto wrong = [&](std::string ca, std::string crl) {
    config::verify_settings s;
    s.ca = std::move(ca);
    s.crl = std::move(crl);
    return message_verifier::create(s).error().detail;
  };
  EXPECT_EQ(wrong("/nowhere/ca", ""), "ca /nowhere/ca cannot be read");
  const auto text = test::write_file("text", "no certificate");
  EXPECT_EQ(wrong(text, ""), "ca " + text + " holds no certificate in PEM");
  EXPECT_EQ(wrong(v.ca_path, text), "crl " + text + " holds no list in PEM");
  const auto foreign = test::write_file("foreign", test::authority("stranger").revoke({}));
  EXPECT_EQ(wrong(v.ca_path, foreign),
            "crl " + foreign + " holds a list that nobody in `ca` signed");
}

/// Behind a good one, too: what a list revokes that nobody read would count on.
TEST(MessageVerifier, APartThatIsBrokenIsNotLeftOut) {
  verifier_under_test v;
  const auto wrong = [&](const std::string& ca, const std::string& crl) {
    config::verify_settings s;
    s.ca = test::write_file("a", ca);
    s.crl = test::write_file("c", crl);
    auto made = message_verifier::create(s);
    return made ? "" : made.error().detail;
  };
  const auto ca = v.ca.self().pem(), list = v.ca.revoke({&v.koji});
  const auto cut = [](const std::string& pem) { return pem.substr(0, pem.size() / 2); };
  auto spoilt = list;
  spoilt[spoilt.size() / 2] = '!';
  EXPECT_EQ(wrong(ca + ca, list + list), "");
  EXPECT_EQ(wrong("A comment.\n" + ca + "and another\n", list), "");
  EXPECT_TRUE(wrong(ca, list + cut(list)).ends_with("holds a list that cannot be read"));
  EXPECT_TRUE(wrong(ca, list + spoilt + list).ends_with("holds a list that cannot be read"));
  EXPECT_TRUE(wrong(ca + cut(ca), list).ends_with("holds a certificate that cannot be read"));
}

/// The topic's frame is not signed: anybody may have written it, and it is read in logs.
TEST(MessageVerifier, WhatItSaysIsALineOfBoundedLength) {
  verifier_under_test v;
  const auto odd = "a\n\x1b[2J" + std::string(10'000, 'x');
  const auto got = v.verifier().check(odd, test::signed_frame(v.koji, object()), v.now, v.at);
  EXPECT_EQ(got.why, "wrong_topic");
  EXPECT_LT(got.detail.size(), 700u);
  for (const char c : got.detail) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

}  // namespace
}  // namespace freshet
