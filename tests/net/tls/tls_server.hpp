#pragma once

#include <array>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>

#include "tests/net/tls/test_ca.hpp"
#include "tests/support/loopback_server.hpp"

namespace freshet::test {

/// What the server says to one request; `then::cut` ends TCP without TLS's close_notify.
struct tls_reply {
  enum class then { keep, close, cut };
  std::string bytes;
  then after = then::keep;
};

/// A TLS server on loopback that says whatever a test wants.
class tls_server final : public loopback_server {
 public:
  using script = std::function<tls_reply(const std::string& head)>;

  tls_server(asio::io_context& ctx, const test_certificate& shown, script answers)
      : loopback_server(ctx), answers_(std::move(answers)) {
    auto* native = tls_.native_handle();
    SSL_CTX_set_security_level(native, 0);  // it may show what nobody should accept
    SSL_CTX_use_certificate(native, shown.x509());
    SSL_CTX_use_PrivateKey(native, shown.key());
    SSL_CTX_set_tlsext_servername_callback(native, &tls_server::note_name);
    SSL_CTX_set_tlsext_servername_arg(native, this);
  }
  /// An intermediate certificate that goes out with the server's own.
  void add_to_chain(const test_certificate& c) {
    X509_up_ref(c.x509());
    SSL_CTX_add_extra_chain_cert(tls_.native_handle(), c.x509());
  }
  void speak_at_most(int newest) {
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls_.native_handle(), newest);
  }
  void demand_client(const test_certificate& authority) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(tls_.native_handle()), authority.x509());
    tls_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }

  std::size_t handshakes = 0;
  std::vector<std::string> names;  // SNI
  std::string client;              // subject of the client's certificate
  std::string version;

 private:
  static int note_name(SSL* tls, int*, void* self) {
    const auto* name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
    static_cast<tls_server*>(self)->names.emplace_back(name ? name : "");
    return SSL_TLSEXT_ERR_OK;
  }

  void note_client(SSL* tls) {
    version = SSL_get_version(tls);
    const owned<X509> shown(SSL_get1_peer_certificate(tls), &X509_free);
    std::array<char, 256> text{};
    if (shown) X509_NAME_oneline(X509_get_subject_name(shown.get()), text.data(), text.size());
    client = text.data();
  }

  asio::awaitable<void> serve(asio::ip::tcp::socket socket) override {
    asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), tls_);
    auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, use_result);
    if (failed) co_return;
    ++handshakes;
    note_client(stream.native_handle());
    std::string in;
    while (co_await read_head(&stream, &in)) {
      const auto say = answers_(requests.back());
      co_await asio::async_write(stream, asio::buffer(say.bytes), use_result);
      if (say.after == tls_reply::then::close) co_await stream.async_shutdown(use_result);
      if (say.after != tls_reply::then::keep) co_return;
    }
  }

  asio::ssl::context tls_{asio::ssl::context::tls_server};
  script answers_;
};

}  // namespace freshet::test
