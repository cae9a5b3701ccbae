#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace freshet::test {

template <class T>
using owned = std::shared_ptr<T>;

inline owned<EVP_PKEY> make_key(unsigned rsa_bits = 0) {
  auto* key = rsa_bits > 0 ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256");
  return {key, &EVP_PKEY_free};
}

/// What a certificate says; the defaults are those of a good one.
struct certificate_text {
  std::string name = "localhost";
  std::string also = "DNS:localhost,IP:127.0.0.1";  // subjectAltName; empty = none
  std::string usage = "serverAuth";                 // extendedKeyUsage; empty = none
  long starts = -3600, ends = 3600;                 // seconds from now
  bool authority = false;
  unsigned rsa_bits = 0;  // 0 = a P-256 key
};

/// A certificate with its key, and the chain up to its root.
class test_certificate {
 public:
  /// `issuer` null = self-signed.
  explicit test_certificate(const certificate_text& text, const test_certificate* issuer = nullptr)
      : key_(make_key(text.rsa_bits)), x509_(X509_new(), &X509_free) {
    static long serial = 1;
    auto* x = x509_.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x), text.starts);
    X509_gmtime_adj(X509_getm_notAfter(x), text.ends);
    X509_set_pubkey(x, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(text.name.c_str()), -1, -1,
                               0);
    auto* from = issuer ? issuer->x509_.get() : x;
    X509_set_issuer_name(x, X509_get_subject_name(from));
    X509V3_CTX context;
    X509V3_set_ctx(&context, from, x, nullptr, nullptr, 0);
    add(&context, NID_basic_constraints, text.authority ? "critical,CA:TRUE" : "CA:FALSE");
    add(&context, NID_subject_key_identifier, "hash");
    if (text.authority) add(&context, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (!text.also.empty() && !text.authority) add(&context, NID_subject_alt_name, text.also);
    if (!text.usage.empty() && !text.authority) add(&context, NID_ext_key_usage, text.usage);
    X509_sign(x, issuer ? issuer->key_.get() : key_.get(), EVP_sha256());
  }

  X509* x509() const { return x509_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  std::string pem() const {
    return write([this](BIO* out) { PEM_write_bio_X509(out, x509_.get()); });
  }
  std::string key_pem(const char* passphrase = nullptr) const {
    return write([&](BIO* out) {
      const auto* bytes = reinterpret_cast<const unsigned char*>(passphrase);
      PEM_write_bio_PrivateKey(out, key_.get(), passphrase ? EVP_aes_128_cbc() : nullptr, bytes,
                               passphrase ? static_cast<int>(std::strlen(passphrase)) : 0, nullptr,
                               nullptr);
    });
  }

 private:
  void add(X509V3_CTX* context, int kind, const std::string& value) {
    const owned<X509_EXTENSION> extension(
        X509V3_EXT_conf_nid(nullptr, context, kind, value.c_str()), &X509_EXTENSION_free);
    if (!extension) throw std::runtime_error("no such extension: " + value);
    X509_add_ext(x509_.get(), extension.get(), -1);
  }
  template <class F>
  static std::string write(const F& into) {
    const owned<BIO> out(BIO_new(BIO_s_mem()), [](BIO* b) { BIO_free(b); });
    into(out.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  owned<EVP_PKEY> key_;
  owned<X509> x509_;
};

/// A root that signs what a test asks for, and a folder for the files that OpenSSL wants to read.
class test_ca {
 public:
  explicit test_ca(const std::string& name = "test root")
      : root({.name = name, .authority = true}) {
    folder_ = (std::filesystem::temp_directory_path() / "freshet_tls_XXXXXX").string();
    if (!::mkdtemp(folder_.data())) throw std::runtime_error("no temporary folder");
  }
  ~test_ca() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  test_ca(const test_ca&) = delete;

  test_certificate sign(const certificate_text& text = {}) const {
    return test_certificate(text, &root);
  }
  /// The path of a file with these bytes.
  std::string file(const std::string& name, const std::string& bytes) const {
    const auto path = folder_ + "/" + name;
    std::ofstream(path) << bytes;
    return path;
  }
  std::string root_file() const { return file("root.pem", root.pem()); }

  const test_certificate root;

 private:
  std::string folder_;
};

}  // namespace freshet::test
