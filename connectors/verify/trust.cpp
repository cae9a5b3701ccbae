#include "connectors/verify/trust.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>
#include <limits>

namespace freshet {
namespace {

bio_ptr open(const std::string& path) { return bio_ptr(BIO_new_file(path.c_str(), "r")); }

/// Readers of PEM stop at the end of a file and at what is broken alike.
bool was_the_end() {
  const auto code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/// Seconds since the epoch; nothing for a time that is none.
std::int64_t seconds_of(const ASN1_TIME* at, std::int64_t otherwise) {
  std::tm parts{};
  if (at == nullptr || ASN1_TIME_to_tm(at, &parts) != 1) return otherwise;
  return ::timegm(&parts);
}

/// The certificate, when the text is exactly what OpenSSL writes for it: nothing around it, nothing
/// between the lines that readers would skip.
x509_ptr read_pem(std::string_view text) {
  constexpr std::size_t pem_max = 64 * 1024;
  if (text.size() > pem_max) return {};
  const bio_ptr in(or_bad_alloc(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))));
  x509_ptr made(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!made) return {};
  const bio_ptr out(or_bad_alloc(BIO_new(BIO_s_mem())));
  if (PEM_write_bio_X509(out.get(), made.get()) != 1) return {};
  char* written = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &written);
  if (std::string_view(written, static_cast<std::size_t>(std::max(0L, size))) != text) return {};
  return made;
}

/// The common name; empty when there is not exactly one, or it holds a zero.
std::string name_of(X509* certificate) {
  auto* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size <= 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name.find('\0') == std::string::npos ? name : std::string();
}

}  // namespace

result<trust> trust::load(const std::string& ca, const std::string& crl) {
  trust made;
  made.store_.reset(or_bad_alloc(X509_STORE_new()));
  auto* const parameters = X509_STORE_get0_param(made.store_.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);
  auto read = made.load_authorities(ca);
  if (read && !crl.empty()) read = made.load_list(crl);
  ERR_clear_error();
  if (!read) return read.error();
  return made;
}

result<void> trust::load_authorities(const std::string& path) {
  const auto in = open(path);
  ERR_clear_error();
  if (!in) return fail(errc::missing, "ca " + path + " cannot be read");
  while (auto* next = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
    authorities_.emplace_back(next);
    if (X509_STORE_add_cert(store_.get(), next) != 1)
      return fail(errc::malformed, "ca " + path + " holds a certificate that OpenSSL refuses");
  }
  if (authorities_.empty())
    return fail(errc::malformed, "ca " + path + " holds no certificate in PEM");
  if (!was_the_end())
    return fail(errc::malformed, "ca " + path + " holds a certificate that cannot be read");
  return {};
}

result<void> trust::load_list(const std::string& path) {
  const auto in = open(path);
  ERR_clear_error();
  if (!in) return fail(errc::missing, "crl " + path + " cannot be read");
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  while (auto* next = PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)) {
    lists_.emplace_back(next);
    const auto signed_it = [next](const x509_ptr& by) {
      return X509_NAME_cmp(X509_get_subject_name(by.get()), X509_CRL_get_issuer(next)) == 0 &&
             X509_CRL_verify(next, X509_get0_pubkey(by.get())) == 1;
    };
    if (std::none_of(authorities_.begin(), authorities_.end(), signed_it))
      return fail(errc::malformed, "crl " + path + " holds a list that nobody in `ca` signed");
    due = std::min(due, seconds_of(X509_CRL_get0_nextUpdate(next), due));
  }
  if (lists_.empty()) return fail(errc::malformed, "crl " + path + " holds no list in PEM");
  if (!was_the_end())
    return fail(errc::malformed, "crl " + path + " holds a list that cannot be read");
  list_due_ = due == std::numeric_limits<std::int64_t>::max() ? 0 : due;
  return {};
}

bool trust::revoked(const STACK_OF(X509) * chain) const {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    auto* const one = sk_X509_value(chain, i);
    for (const auto& list : lists_) {
      if (X509_NAME_cmp(X509_get_issuer_name(one), X509_CRL_get_issuer(list.get())) != 0) continue;
      X509_REVOKED* entry = nullptr;
      if (X509_CRL_get0_by_cert(list.get(), &entry, one) == 1) return true;
    }
  }
  return false;
}

trust::answer trust::judge(std::string_view pem) const {
  answer out{"bad_certificate", {}};
  const auto leaf = read_pem(pem);
  if (leaf) {
    out.certificate.name = name_of(leaf.get());
    out.certificate.key.reset(X509_get_pubkey(leaf.get()));
  }
  const auto* const key = out.certificate.key.get();
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || out.certificate.name.empty()) {
    ERR_clear_error();
    return out;
  }
  const store_ctx_ptr checked(or_bad_alloc(X509_STORE_CTX_new()));
  if (X509_STORE_CTX_init(checked.get(), store_.get(), leaf.get(), nullptr) != 1)
    throw std::bad_alloc();
  const bool good = X509_verify_cert(checked.get()) == 1;
  ERR_clear_error();
  const auto* const chain = good ? X509_STORE_CTX_get0_chain(checked.get()) : nullptr;
  out.why = !good ? "untrusted" : revoked(chain) ? "revoked" : "";
  if (!out.why.empty()) return out;
  auto& until = out.certificate.until = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const auto* const one = sk_X509_value(chain, i);
    out.certificate.from =
        std::max(out.certificate.from, seconds_of(X509_get0_notBefore(one), until));
    until = std::min(until, seconds_of(X509_get0_notAfter(one), 0));
  }
  return out;
}

}  // namespace freshet
