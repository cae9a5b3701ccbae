#include "net/tls/client_tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace freshet {

namespace ssl = boost::asio::ssl;

result<tls_context> make_client_tls(const client_tls_options& options) {
  boost::system::error_code ec;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  context->set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, ec);
  if (!options.ca.empty()) {
    context->load_verify_file(options.ca, ec);
    if (ec) return fail(errc::malformed, "ca " + options.ca + ": " + ec.message());
  } else {
    context->set_default_verify_paths(ec);
    if (ec) return fail(errc::malformed, "the system's certificates: " + ec.message());
  }
  if (options.cert.empty() != options.key.empty()) {
    return fail(errc::missing, "a client certificate needs both cert and key");
  }
  if (options.cert.empty()) return context;
  context->use_certificate_chain_file(options.cert, ec);
  if (ec) return fail(errc::malformed, "cert " + options.cert + ": " + ec.message());
  context->use_private_key_file(options.key, ssl::context::pem, ec);
  if (ec) return fail(errc::malformed, "key " + options.key + ": " + ec.message());
  return context;
}

result<void> expect_host(SSL* tls, const std::string& host, bool verify) {
  boost::system::error_code ec;
  boost::asio::ip::make_address(host, ec);
  const bool is_address = !ec;
  bool ok = is_address || SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
  if (ok && verify) {
    X509_VERIFY_PARAM* param = SSL_get0_param(tls);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ok = is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1
                    : X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1;
  }
  if (!ok) return fail(errc::malformed, "no host name for TLS: " + host);
  return {};
}

}  // namespace freshet
