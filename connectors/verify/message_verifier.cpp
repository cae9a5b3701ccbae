#include "connectors/verify/message_verifier.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "connectors/verify/base64_text.hpp"
#include "connectors/verify/canonical_message.hpp"
#include "core/observe/log.hpp"
#include "core/text/clipped.hpp"
#include "core/text/quoted.hpp"

namespace freshet {
namespace {

constexpr std::chrono::seconds looks_every{1};

/// What the message says, in seconds, unless that is later than now.
std::int64_t time_of(const std::string& token, wall_time now) {
  const auto at_most = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  double said = 0;
  const auto* const end = token.data() + token.size();
  if (token.empty() || std::from_chars(token.data(), end, said).ptr != end) return at_most;
  if (!(said >= 0) || said >= static_cast<double>(at_most)) return at_most;
  return static_cast<std::int64_t>(said);
}

std::string for_people(std::string_view topic) {
  constexpr std::size_t most = 255;
  return in_quotes(clipped(topic, most));
}

}  // namespace

result<std::shared_ptr<message_verifier>> message_verifier::create(
    config::verify_settings settings) {
  auto first = trust::load(settings.ca, settings.crl);
  if (!first) return first.error();
  return std::shared_ptr<message_verifier>(
      new message_verifier(std::move(settings), std::move(*first)));
}

message_verifier::message_verifier(config::verify_settings settings, trust first)
    : settings_(std::move(settings)),
      trust_(std::move(first)),
      digest_(or_bad_alloc(EVP_MD_fetch(nullptr, "SHA1", nullptr))),
      files_{state_of(settings_.ca), state_of(settings_.crl)} {}

message_verifier::file_state message_verifier::state_of(const std::string& path) {
  struct stat s{};
  if (path.empty() || ::stat(path.c_str(), &s) != 0) return {};
  return {{static_cast<std::int64_t>(s.st_dev), static_cast<std::int64_t>(s.st_ino),
           static_cast<std::int64_t>(s.st_size),
           s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec}};
}

void message_verifier::look_at_files(mono_time now) {
  if (look_at_ && now < *look_at_) return;
  look_at_ = now + looks_every;
  const std::array<file_state, 2> are{state_of(settings_.ca), state_of(settings_.crl)};
  // What failed is tried again each time: it may have been caught half written.
  if (are == files_ && unread_.empty()) return;
  auto next = trust::load(settings_.ca, settings_.crl);
  if (!next) {
    if (unread_ != next.error().detail)
      logger().warn("signatures: {}; what was read before still counts", next.error().detail);
    unread_ = next.error().detail;
    return;
  }
  trust_ = std::move(*next);
  files_ = are;
  unread_.clear();
  by_pem_.clear();  // somebody may have been revoked
  known_.clear();
}

const vouched_certificate* message_verifier::certificate_of(std::string_view pem, mono_time now,
                                                            std::string_view& why) {
  if (const auto at = by_pem_.find(pem); at != by_pem_.end()) {
    if (now < at->second->forget_at) {
      known_.splice(known_.begin(), known_, at->second);
      return &known_.front().certificate;
    }
    const auto old = at->second;
    by_pem_.erase(at);
    known_.erase(old);
  }
  auto judged = trust_.judge(pem);
  why = judged.why;
  if (!why.empty()) return nullptr;
  remember(pem, std::move(judged.certificate), now);
  return &known_.front().certificate;
}

void message_verifier::remember(std::string_view pem, vouched_certificate certificate,
                                mono_time now) {
  known_.push_front({std::string(pem), std::move(certificate), now + remembered_for});
  by_pem_.emplace(known_.front().pem, known_.begin());
  if (known_.size() <= certificates_max) return;
  by_pem_.erase(known_.back().pem);
  known_.pop_back();
}

bool message_verifier::may_sign(std::string_view topic, std::string_view name) const {
  bool free = true;
  for (const auto& [pattern, names] : settings_.names) {
    if (!pattern.matches(topic)) continue;
    free = false;
    if (std::any_of(names.begin(), names.end(), [&](const glob& g) { return g.matches(name); }))
      return true;
  }
  return free;
}

bool message_verifier::signed_by(EVP_PKEY* key, std::string_view bytes,
                                 std::string_view signature) const {
  const md_ctx_ptr context(or_bad_alloc(EVP_MD_CTX_new()));
  EVP_PKEY_CTX* how = nullptr;
  const bool good =
      EVP_DigestVerifyInit(context.get(), &how, digest_.get(), nullptr, key) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PADDING) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

signature_verdict message_verifier::check(std::string_view topic, std::string_view frame,
                                          mono_time now, wall_time wall_now) {
  const auto message = canonical_of(frame);
  if (!message.wrong.empty()) return {"bad_form", std::string(message.wrong)};
  if (!message.signature || !message.certificate) return {"unsigned", {}};
  if (message.topic != topic)
    return {"wrong_topic",
            "the frame says " + for_people(topic) + ", what was signed says " +
                (message.topic ? for_people(*message.topic) : std::string("nothing"))};
  const auto signature = base64_bytes(*message.signature);
  const auto pem = base64_bytes(*message.certificate);
  if (!signature || !pem) return {"bad_form", "signature or certificate is not base64"};

  const std::scoped_lock lock(mutex_);
  look_at_files(now);
  std::string_view why;
  const auto* const by = certificate_of(*pem, now, why);
  if (by == nullptr) return {why, {}};
  const auto at = time_of(message.timestamp, wall_now);
  if (at < by->from || at > by->until) return {"expired", "signed by " + by->name};
  if (!signed_by(by->key.get(), message.bytes, *signature))
    return {"bad_signature", "it names " + by->name};
  if (!may_sign(topic, by->name)) return {"wrong_name", "signed by " + by->name};
  return {};
}

std::string message_verifier::trouble(wall_time now) const {
  const std::scoped_lock lock(mutex_);
  if (!unread_.empty()) return unread_;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (trust_.list_due() != 0 && seconds > trust_.list_due())
    return fmt::format("crl {} is past its next update", settings_.crl);
  return {};
}

std::size_t message_verifier::remembered() const {
  const std::scoped_lock lock(mutex_);
  return known_.size();
}

}  // namespace freshet
