#pragma once

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <string>
#include <string_view>
#include <vector>

#include "connectors/verify/openssl_ptr.hpp"

namespace freshet::test {

/// A key and a certificate over it, in fedmsg's manner: RSA of 1024 bits, SHA-1.
struct identity {
  pkey_ptr key;
  x509_ptr certificate;
  std::string pem() const;
};

inline constexpr long year_2020 = 1'577'836'800, year_2030 = 1'893'456'000;

/// An authority of a test's own, which makes identities and signs frames.
class authority {
 public:
  explicit authority(std::string_view name = "test authority");

  identity issue(std::string_view name, long from = year_2020, long until = year_2030);
  /// Another certificate over the same key, which takes no time to make.
  identity issue_again(const identity& of, std::string_view name);
  /// A list in PEM that revokes these.
  std::string revoke(const std::vector<const identity*>& all, long next_update = year_2030) const;
  const identity& self() const { return self_; }

 private:
  identity make(pkey_ptr key, std::string_view name, long from, long until, bool is_authority);
  identity self_;
  long serial_ = 1;
};

/// The frame that a publisher would send: `object` is a JSON object's canonical text.
std::string signed_frame(const identity& by, std::string_view object);
/// base64 in lines of 76.
std::string folded_base64(std::string_view bytes);
/// A file in gtest's folder, by a name of its own for each test.
std::string write_file(std::string_view name, std::string_view text);

}  // namespace freshet::test
