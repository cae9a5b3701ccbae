#pragma once

#include <sys/stat.h>

#include <absl/container/flat_hash_map.h>

#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/verify/trust.hpp"
#include "core/clock.hpp"
#include "core/config/verify_settings.hpp"

namespace freshet {

/// What a signature was found to be.
///
/// Shape: `why` is empty when the message is what its signer sent, else a literal: "unsigned",
///        "bad_form", "bad_certificate", "untrusted", "revoked", "expired", "bad_signature",
///        "wrong_topic", "wrong_name".
struct signature_verdict {
  std::string_view why;
  std::string detail;  // for people: who signed, what was expected
};

/// Checks signed fedmsg: that somebody whom `ca` vouches for, and who may speak about this topic,
/// signed this frame as it is.
///
/// Shape:    remembers `certificates_max` certificates for `remembered_for`; memory is bounded by
///           that and the message. `ca` and `crl` are read again when the files change, looked at
///           once a second; what cannot be read leaves the last good state, and trouble() says so.
/// Errors:   create: what trust::load refuses.
/// Threads:  check() and trouble() any; one at a time.
/// Source:   WIRE.md 1. RSA with PKCS #1 v1.5 and SHA-1 is what the format has; nobody can forge a
///           second message to a signature made by an honest publisher with what is known of
///           SHA-1, but two messages made together by its holder may share one.
class message_verifier {
 public:
  static constexpr std::size_t certificates_max = 256;
  static constexpr std::chrono::hours remembered_for{1};

  static result<std::shared_ptr<message_verifier>> create(config::verify_settings settings);

  /// The certificate must be valid at the time that the message itself says (it is signed), or now
  /// if that is earlier or it says none: what is replayed was signed by certificates of its day.
  signature_verdict check(std::string_view topic, std::string_view frame, mono_time now,
                          wall_time wall_now);

  /// Why verification is not what it should be; empty = it is.
  std::string trouble(wall_time now) const;
  std::size_t remembered() const;

 private:
  struct file_state {
    std::array<std::int64_t, 4> is{};  // device, inode, size, time of change
    bool operator==(const file_state&) const = default;
  };
  struct known {
    std::string pem;
    vouched_certificate certificate;
    mono_time forget_at;
  };

  message_verifier(config::verify_settings settings, trust first);
  static file_state state_of(const std::string& path);
  void look_at_files(mono_time now);
  const vouched_certificate* certificate_of(std::string_view pem, mono_time now,
                                            std::string_view& why);
  void remember(std::string_view pem, vouched_certificate certificate, mono_time now);
  bool may_sign(std::string_view topic, std::string_view name) const;
  bool signed_by(EVP_PKEY* key, std::string_view bytes, std::string_view signature) const;

  const config::verify_settings settings_;
  mutable std::mutex mutex_;
  trust trust_;
  openssl_ptr<EVP_MD, EVP_MD_free> digest_;
  std::array<file_state, 2> files_;  // ca, crl
  std::optional<mono_time> look_at_;
  std::string unread_;      // why the files as they are now could not be read
  std::list<known> known_;  // newest first
  absl::flat_hash_map<std::string_view, std::list<known>::iterator> by_pem_;
};

}  // namespace freshet
