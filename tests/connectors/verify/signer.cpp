#include "tests/connectors/verify/signer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

namespace freshet::test {
namespace {

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

pkey_ptr new_key() { return pkey_ptr(or_bad_alloc(EVP_RSA_gen(1024))); }

void set_name(X509* to, std::string_view name) {
  auto* subject = X509_get_subject_name(to);
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("Test Project"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
}

}  // namespace

std::string identity::pem() const {
  const bio_ptr out(or_bad_alloc(BIO_new(BIO_s_mem())));
  PEM_write_bio_X509(out.get(), certificate.get());
  return text_of(out.get());
}

authority::authority(std::string_view name) {
  self_ = make(new_key(), name, year_2020, year_2030, true);
}

identity authority::issue(std::string_view name, long from, long until) {
  return make(new_key(), name, from, until, false);
}

identity authority::issue_again(const identity& of, std::string_view name) {
  EVP_PKEY_up_ref(of.key.get());
  return make(pkey_ptr(of.key.get()), name, year_2020, year_2030, false);
}

identity authority::make(pkey_ptr key, std::string_view name, long from, long until,
                         bool is_authority) {
  identity made{std::move(key), x509_ptr(or_bad_alloc(X509_new()))};
  auto* c = made.certificate.get();
  X509_set_version(c, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(c), serial_++);
  ASN1_TIME_set(X509_getm_notBefore(c), from);
  ASN1_TIME_set(X509_getm_notAfter(c), until);
  X509_set_pubkey(c, made.key.get());
  set_name(c, name);
  const auto& by = is_authority ? made : self_;
  X509_set_issuer_name(c, X509_get_subject_name(by.certificate.get()));
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, by.certificate.get(), c, nullptr, nullptr, 0);
  auto* basic = X509V3_EXT_conf_nid(nullptr, &context, NID_basic_constraints,
                                    is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  X509_add_ext(c, basic, -1);
  X509_EXTENSION_free(basic);
  X509_sign(c, by.key.get(), EVP_sha1());
  return made;
}

std::string authority::revoke(const std::vector<const identity*>& all, long next_update) const {
  const crl_ptr list(or_bad_alloc(X509_CRL_new()));
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(self_.certificate.get()));
  const openssl_ptr<ASN1_TIME, ASN1_TIME_free> now(ASN1_TIME_set(nullptr, year_2020 + 1000));
  const openssl_ptr<ASN1_TIME, ASN1_TIME_free> next(ASN1_TIME_set(nullptr, next_update));
  X509_CRL_set1_lastUpdate(list.get(), now.get());
  X509_CRL_set1_nextUpdate(list.get(), next.get());
  for (const auto* one : all) {
    auto* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, now.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_CRL_sort(list.get());
  X509_CRL_sign(list.get(), self_.key.get(), EVP_sha1());
  const bio_ptr out(or_bad_alloc(BIO_new(BIO_s_mem())));
  PEM_write_bio_X509_CRL(out.get(), list.get());
  return text_of(out.get());
}

std::string folded_base64(std::string_view bytes) {
  std::string flat(bytes.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(flat.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  flat.resize(static_cast<std::size_t>(size));
  std::string out;
  for (std::size_t at = 0; at < flat.size(); at += 76) out += flat.substr(at, 76) + "\n";
  return out;
}

std::string signed_frame(const identity& by, std::string_view object) {
  const md_ctx_ptr context(or_bad_alloc(EVP_MD_CTX_new()));
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(object.data());
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha1(), nullptr, by.key.get());
  EVP_DigestSign(context.get(), nullptr, &size, bytes, object.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                 object.size());
  const auto escaped = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
      text.replace(at, 1, "\\n");
    return text;
  };
  return fmt::format(R"({{"certificate":"{}",{},"signature":"{}"}})",
                     escaped(folded_base64(by.pem())), object.substr(1, object.size() - 2),
                     escaped(folded_base64(signature)));
}

std::string write_file(std::string_view name, std::string_view text) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  auto path =
      fmt::format("{}{}.{}.{}", testing::TempDir(), test->test_suite_name(), test->name(), name);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  return path;
}

}  // namespace freshet::test
