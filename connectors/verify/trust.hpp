#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/verify/openssl_ptr.hpp"
#include "core/result.hpp"

namespace freshet {

/// A certificate that is vouched for: its key, its name, and from when to when all of its chain is
/// valid (seconds since the epoch).
struct vouched_certificate {
  pkey_ptr key;
  std::string name;
  std::int64_t from = 0, until = 0;
};

/// Who is trusted to sign: the certificates of one file, and what one list revokes.
///
/// Shape:    a certificate in `ca` is trusted as it is, whoever signed it. Chains are checked at
///           OpenSSL's security level 0, which takes SHA-1 and RSA keys of 1024 bits: fedmsg's
///           certificates have both, and have had since 2012. Times are the caller's to compare.
/// Errors:   load: a file that cannot be read to its end, holds no certificate, or a list that none
///           of `ca` signed.
/// Lifetime: a value that moves; immutable.
/// Threads:  any one at a time.
class trust {
 public:
  static result<trust> load(const std::string& ca, const std::string& crl);

  /// `why` is empty, or: "bad_certificate" (not PEM as OpenSSL writes it, no RSA key, no single
  /// name), "untrusted", "revoked".
  struct answer {
    std::string_view why;
    vouched_certificate certificate;
  };
  answer judge(std::string_view pem) const;

  /// When the list says that a newer one should be there; 0 = it does not, or there is none.
  std::int64_t list_due() const { return list_due_; }

 private:
  trust() = default;
  result<void> load_authorities(const std::string& path);
  result<void> load_list(const std::string& path);
  bool revoked(const STACK_OF(X509) * chain) const;

  store_ptr store_;
  std::vector<x509_ptr> authorities_;
  std::vector<crl_ptr> lists_;
  std::int64_t list_due_ = 0;
};

}  // namespace freshet
