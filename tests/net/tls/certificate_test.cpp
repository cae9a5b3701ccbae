#include <gmock/gmock.h>

#include "tests/net/tls/client.hpp"

namespace freshet {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Which certificates are refused, and that the refusal says why.
class Certificate : public test::https_fixture {
 protected:
  std::string refusal_of(const test::certificate_text& text,
                         const std::string& host = "localhost") {
    serve(ca.sign(text));
    connect(trusting(), host);
    return refusal();
  }
};

TEST_F(Certificate, AGoodOneIsAccepted) { EXPECT_THAT(refusal_of({}), IsEmpty()); }

TEST_F(Certificate, AGoodOneForTheAddressIsAccepted) {
  EXPECT_THAT(refusal_of({.also = "IP:127.0.0.1"}, "127.0.0.1"), IsEmpty());
}

TEST_F(Certificate, ExpiredIsRefused) {
  const auto why = refusal_of({.starts = -7200, .ends = -3600});
  EXPECT_THAT(why, HasSubstr("certificate has expired"));
  EXPECT_THAT(why, HasSubstr("CN=localhost"));
}

TEST_F(Certificate, NotYetValidIsRefused) {
  EXPECT_THAT(refusal_of({.starts = 3600, .ends = 7200}),
              HasSubstr("certificate is not yet valid"));
}

TEST_F(Certificate, AnotherHostIsRefused) {
  EXPECT_THAT(refusal_of({.name = "other.example", .also = "DNS:other.example"}),
              HasSubstr("ostname mismatch"));
}

TEST_F(Certificate, AnotherAddressIsRefused) {
  EXPECT_THAT(refusal_of({.also = "IP:127.0.0.2"}, "127.0.0.1"), HasSubstr("IP address mismatch"));
}

TEST_F(Certificate, AWildcardCoversOneWholeLabelOnly) {
  EXPECT_THAT(refusal_of({.also = "DNS:*.example.org"}, "a.example.org"), IsEmpty());
  EXPECT_THAT(refusal_of({.also = "DNS:*.example.org"}, "a.b.example.org"),
              HasSubstr("ostname mismatch"));
  EXPECT_THAT(refusal_of({.also = "DNS:a*.example.org"}, "ab.example.org"),
              HasSubstr("ostname mismatch"));
}

TEST_F(Certificate, ForClientsOnlyIsRefused) {
  EXPECT_THAT(refusal_of({.usage = "clientAuth"}), HasSubstr("certificate purpose"));
}

TEST_F(Certificate, SelfSignedIsRefused) {
  serve(test::test_certificate({}));
  connect(trusting());
  EXPECT_THAT(refusal(), HasSubstr("self-signed certificate"));
}

TEST_F(Certificate, OfAnUnknownAuthorityIsRefused) {
  const test::test_ca other("another root");
  serve(other.sign());
  connect(trusting());
  EXPECT_THAT(refusal(), HasSubstr("unable to get local issuer certificate"));
}

TEST_F(Certificate, OfAnUnknownAuthorityWithTheSameNameIsRefused) {
  const test::test_ca other;
  serve(other.sign());
  connect(trusting());
  EXPECT_THAT(refusal(), HasSubstr("certificate signature failure"));
}

TEST_F(Certificate, TheSystemsStoreDoesNotKnowOurAuthority) {
  serve(ca.sign());
  connect({});
  EXPECT_THAT(refusal(), HasSubstr("unable to get local issuer certificate"));
}

TEST_F(Certificate, WithItsIntermediateIsAcceptedAndWithoutRefused) {
  const auto middle = ca.sign({.name = "middle", .authority = true});
  const test::test_certificate leaf({}, &middle);
  serve(leaf).add_to_chain(middle);
  connect(trusting());
  EXPECT_THAT(refusal(), IsEmpty());

  serve(leaf);
  connect(trusting());
  EXPECT_THAT(refusal(), HasSubstr("unable to get local issuer certificate"));
}

TEST_F(Certificate, SignedByOneThatIsNoAuthorityIsRefused) {
  const auto leaf = ca.sign({.name = "leaf"});
  const test::test_certificate forged({}, &leaf);
  serve(forged).add_to_chain(leaf);
  connect(trusting());
  EXPECT_THAT(refusal(), HasSubstr("CN=leaf: invalid CA certificate"));
}

TEST_F(Certificate, WithAWeakKeyIsRefused) {
  EXPECT_THAT(refusal_of({.rsa_bits = 1024}), HasSubstr("key too weak"));
}

TEST_F(Certificate, OldProtocolsAreRefused) {
  serve(ca.sign()).speak_at_most(TLS1_1_VERSION);
  connect(trusting());
  EXPECT_THAT(refusal(), HasSubstr("protocol"));
}

TEST_F(Certificate, Tls12IsSpoken) {
  serve(ca.sign()).speak_at_most(TLS1_2_VERSION);
  connect(trusting());
  EXPECT_THAT(refusal(), IsEmpty());
  EXPECT_EQ(server->version, "TLSv1.2");
}

TEST_F(Certificate, NothingIsCheckedWhenTheConfigurationSaysSo) {
  serve(test::test_certificate({.also = "DNS:other.example", .starts = -7200, .ends = -3600}));
  auto tls = trusting();
  tls.verify = false;
  connect(tls);
  EXPECT_THAT(refusal(), IsEmpty());
  EXPECT_EQ(server->requests.size(), 1u);
}

/// The files of the client's own configuration.
class TlsFiles : public testing::Test {
 protected:
  std::string problem(const client_tls_options& options) {
    const auto made = make_client_tls(options);
    return made ? "" : made.error().detail;
  }
  test::test_ca ca;
  test::test_certificate mine = ca.sign({.name = "me", .usage = "clientAuth"});
};

TEST_F(TlsFiles, AreNamedWhenTheyAreNoGood) {
  const auto none = ca.file("none.pem", "not a certificate");
  EXPECT_THAT(problem({.ca = none}), HasSubstr("ca " + none));
  EXPECT_THAT(problem({.ca = "/nowhere/ca.pem"}), HasSubstr("ca /nowhere/ca.pem"));
  const auto cert = ca.file("cert.pem", mine.pem());
  const auto key = ca.file("key.pem", mine.key_pem());
  EXPECT_THAT(problem({.cert = cert, .key = key}), IsEmpty());
  EXPECT_THAT(problem({.cert = cert}), HasSubstr("both cert and key"));
  EXPECT_THAT(problem({.cert = none, .key = key}), HasSubstr("cert " + none));
  EXPECT_THAT(problem({.cert = cert, .key = none}), HasSubstr("key " + none));
}

TEST_F(TlsFiles, AKeyOfAnotherCertificateIsNoticedAtStart) {
  const auto cert = ca.file("cert.pem", mine.pem());
  const auto key = ca.file("key.pem", ca.sign().key_pem());
  EXPECT_THAT(problem({.cert = cert, .key = key}), HasSubstr("key " + key));
}

TEST_F(TlsFiles, AKeyWithAPassphraseIsAnErrorAndNoQuestion) {
  const auto cert = ca.file("cert.pem", mine.pem());
  const auto key = ca.file("key.pem", mine.key_pem("secret"));
  EXPECT_THAT(problem({.cert = cert, .key = key}), HasSubstr("key " + key));
}

}  // namespace
}  // namespace freshet
