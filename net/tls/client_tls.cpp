#include "net/tls/client_tls.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace freshet {

namespace ssl = boost::asio::ssl;

namespace {

/// Without this OpenSSL would ask for a passphrase on the terminal, and wait.
int no_passphrase(char*, int, int, void*) { return -1; }

result<void> load_own_certificate(ssl::context& context, const client_tls_options& options) {
  if (options.cert.empty() != options.key.empty()) {
    return fail(errc::missing, "a client certificate needs both cert and key");
  }
  if (options.cert.empty()) return {};
  boost::system::error_code ec;
  SSL_CTX_set_default_passwd_cb(context.native_handle(), no_passphrase);
  context.use_certificate_chain_file(options.cert, ec);
  if (ec) return fail(errc::malformed, "cert " + options.cert + ": " + ec.message());
  context.use_private_key_file(options.key, ssl::context::pem, ec);
  if (ec) return fail(errc::malformed, "key " + options.key + ": " + ec.message());
  return {};
}

/// One line of printable ASCII; the peer chose the text.
std::string subject_of(X509* certificate) {
  if (!certificate) return "the peer's certificate";
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!out) throw std::bad_alloc();
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  constexpr std::size_t subject_max = 120;
  return "certificate " +
         std::string(text, std::min(subject_max, static_cast<std::size_t>(std::max(0L, size))));
}

std::string refusal(X509_STORE_CTX* checked) {
  const int code = X509_STORE_CTX_get_error(checked);
  return subject_of(X509_STORE_CTX_get_current_cert(checked)) + ": " +
         X509_verify_cert_error_string(code);
}

}  // namespace

result<void> apply_client_tls(SSL_CTX* native, const client_tls_options& options) {
  boost::system::error_code ec;
  SSL_CTX_up_ref(native);
  ssl::context context(native);  // takes the reference
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  context.set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, ec);
  if (!options.ca.empty()) {
    context.load_verify_file(options.ca, ec);
    if (ec) return fail(errc::malformed, "ca " + options.ca + ": " + ec.message());
  } else {
    context.set_default_verify_paths(ec);
    if (ec) return fail(errc::malformed, "the system's certificates: " + ec.message());
  }
  return load_own_certificate(context, options);
}

result<tls_context> make_client_tls(const client_tls_options& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  if (auto done = apply_client_tls(context->native_handle(), options); !done) return done.error();
  return context;
}

result<void> expect_host(client_tls_stream& stream, const std::string& host, std::string* why) {
  auto* tls = stream.native_handle();
  boost::system::error_code ec;
  boost::asio::ip::make_address(host, ec);
  const bool is_address = !ec;
  bool ok = is_address || SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
  if (ok && SSL_get_verify_mode(tls) != SSL_VERIFY_NONE) {
    X509_VERIFY_PARAM* param = SSL_get0_param(tls);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ok = is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1
                    : X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1;
    const auto look = [why](bool good, ssl::verify_context& checked) {
      if (!good && why->empty()) *why = refusal(checked.native_handle());
      return good;
    };
    stream.set_verify_callback(look, ec);
    ok = ok && !ec;
  }
  if (!ok) return fail(errc::malformed, "no host name for TLS: " + host);
  return {};
}

}  // namespace freshet
