#include "net/amqp/connection.hpp"

#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>

#include "net/amqp/field_table.hpp"

namespace freshet {
namespace {

constexpr int frame_bytes_max = 131072;  // also what bounds a table of headers
constexpr std::uint16_t not_found = 404;

amqp_bytes_t bytes_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};
}

amqp_table_entry_t flag_entry(const char* name) {
  amqp_table_entry_t out{};
  out.key = amqp_cstring_bytes(name);
  out.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  out.value.value.boolean = 1;
  return out;
}

amqp_rpc_reply_t log_in(amqp_connection_state_t state, const amqp_subscription& what,
                        amqp_sasl_method_enum how) {
  std::array capabilities{flag_entry("consumer_cancel_notify"),
                          flag_entry("authentication_failure_close")};
  std::array<amqp_table_entry_t, 2> entries{};
  entries[0].key = amqp_cstring_bytes("capabilities");
  entries[0].value.kind = AMQP_FIELD_KIND_TABLE;
  entries[0].value.value.table = {static_cast<int>(capabilities.size()), capabilities.data()};
  entries[1].key = amqp_cstring_bytes("connection_name");
  entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
  entries[1].value.value.bytes = amqp_cstring_bytes("freshet");
  const amqp_table_t properties{static_cast<int>(entries.size()), entries.data()};
  const auto heartbeat = static_cast<int>(what.heartbeat.count());
  const auto& at = what.at;
  if (how == AMQP_SASL_METHOD_EXTERNAL)
    return amqp_login_with_properties(state, at.vhost.c_str(), 0, frame_bytes_max, heartbeat,
                                      &properties, how, at.user.c_str());
  return amqp_login_with_properties(state, at.vhost.c_str(), 0, frame_bytes_max, heartbeat,
                                    &properties, how, at.user.c_str(), at.password.c_str());
}

/// The code of a channel that the broker closed, or 0.
std::uint16_t closed_with(const amqp_rpc_reply_t& reply) {
  if (reply.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION) return 0;
  if (reply.reply.id != AMQP_CHANNEL_CLOSE_METHOD) return 0;
  return static_cast<const amqp_channel_close_t*>(reply.reply.decoded)->reply_code;
}

std::string tls_reason() {
  const auto code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string() : std::string(": ") + reason;
}

}  // namespace

amqp_connection::amqp_connection(const amqp_subscription& what, amqp_attempts& attempts)
    : what_(what), attempts_(attempts), frames_(what.max_message), queue_(what.queue) {}

amqp_connection::~amqp_connection() {
  if (state_ == nullptr) return;
  if (usable_) {
    timeval briefly{1, 0};
    amqp_set_rpc_timeout(state_, &briefly);
    static_cast<void>(amqp_connection_close(state_, AMQP_REPLY_SUCCESS));
  }
  amqp_destroy_connection(state_);
}

error amqp_connection::failed(const char* what, int status) {
  usable_ = false;
  const bool tls = status <= AMQP_STATUS_SSL_ERROR && status > _AMQP_STATUS_SSL_NEXT_VALUE;
  const auto late = status == AMQP_STATUS_TIMEOUT || status == AMQP_STATUS_HEARTBEAT_TIMEOUT;
  return fail(late ? errc::timed_out : errc::closed,
              fmt::format("{}: {}{}", what, amqp_error_string2(status), tls ? tls_reason() : ""));
}

error amqp_connection::failed(const char* what, const amqp_rpc_reply_t& reply) {
  usable_ = false;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) return failed(what, reply.library_error);
  if (reply.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION)
    return failed(what, AMQP_STATUS_CONNECTION_CLOSED);
  std::string why = "an answer that is none";
  if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* told = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
    why = said(told->reply_code, told->reply_text);
  } else if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* told = static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
    why = said(told->reply_code, told->reply_text);
  }
  return fail(errc::closed, fmt::format("{}: {}", what, why));
}

result<> amqp_connection::go_on(const char* what) {
  const auto reply = amqp_get_rpc_reply(state_);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) return failed(what, reply);
  if (attempts_.given_up()) return fail(errc::closed, "nobody waits for the connection");
  return {};
}

result<std::unique_ptr<amqp_connection>> amqp_connection::open(const amqp_subscription& what,
                                                               amqp_attempts& attempts) {
  const bool certified = what.at.tls && !what.tls.cert.empty();
  bool unsupported = false;
  for (const auto how : {AMQP_SASL_METHOD_EXTERNAL, AMQP_SASL_METHOD_PLAIN}) {
    if (how == AMQP_SASL_METHOD_EXTERNAL && !certified) continue;
    std::unique_ptr<amqp_connection> made(new amqp_connection(what, attempts));
    auto done = made->connect(how, unsupported);
    if (done) done = made->subscribe();
    if (done) return made;
    // A broker may want the certificate for the connection, and a password for the user.
    if (unsupported && how == AMQP_SASL_METHOD_EXTERNAL) continue;
    return done.error();
  }
  return fail(errc::closed, "the broker offers no way to log in");
}

result<> amqp_connection::set_up_tls(amqp_socket_t* socket) {
  auto* context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  if (auto done = apply_client_tls(context, what_.tls); !done) return done.error();
  // The library compares names only; OpenSSL does that, and addresses too.
  amqp_ssl_socket_set_verify_hostname(socket, 0);
  amqp_ssl_socket_set_verify_peer(socket, what_.tls.verify ? 1 : 0);
  if (!what_.tls.verify) return {};
  auto* expected = SSL_CTX_get0_param(context);
  const auto& host = what_.at.host;
  boost::system::error_code ec;
  boost::asio::ip::make_address(host, ec);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = ec ? X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size()) == 1
                      : X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  if (!set) return fail(errc::malformed, "no host name for TLS: " + host);
  return {};
}

result<> amqp_connection::connect(amqp_sasl_method_enum how, bool& unsupported) {
  state_ = amqp_new_connection();
  if (state_ == nullptr) throw std::bad_alloc();
  auto* socket = what_.at.tls ? amqp_ssl_socket_new(state_) : amqp_tcp_socket_new(state_);
  if (socket == nullptr) throw std::bad_alloc();
  if (what_.at.tls)
    if (auto done = set_up_tls(socket); !done) return done.error();
  timeval patience{static_cast<time_t>(what_.patience.count()), 0};
  amqp_set_handshake_timeout(state_, &patience);
  amqp_set_rpc_timeout(state_, &patience);
  ERR_clear_error();
  const auto opened =
      amqp_socket_open_noblock(socket, what_.at.host.c_str(), what_.at.port, &patience);
  const auto where = fmt::format("cannot connect to {}:{}", what_.at.host, what_.at.port);
  if (opened != AMQP_STATUS_OK) return failed(where.c_str(), opened);
  if (attempts_.given_up()) return fail(errc::closed, "nobody waits for the connection");
  const auto in = log_in(state_, what_, how);
  unsupported = in.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
                in.library_error == AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD;
  if (in.reply_type != AMQP_RESPONSE_NORMAL) return failed("cannot log in", in);
  usable_ = true;
  amqp_channel_open(state_, channel_);
  return go_on("cannot open a channel");
}

result<> amqp_connection::find_queue() {
  const auto* found =
      amqp_queue_declare(state_, channel_, bytes_of(queue_), 1, 0, 0, 0, amqp_empty_table);
  const auto reply = amqp_get_rpc_reply(state_);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL && found != nullptr) {
    waiting_ = found->message_count;
    return {};
  }
  if (closed_with(reply) == not_found) return fail(errc::missing, "the queue is gone");
  return failed("cannot look for the queue", reply);
}

result<> amqp_connection::declare_queue() {
  const bool named = !queue_.empty();
  if (named) {
    // Its absence closed the channel.
    amqp_channel_close_ok_t understood{};
    amqp_send_method(state_, channel_, AMQP_CHANNEL_CLOSE_OK_METHOD, &understood);
    amqp_channel_open(state_, ++channel_);
    if (auto opened = go_on("cannot open a channel"); !opened) return opened;
  }
  attempts_.began_queue = true;
  amqp_table_entry_t expires{};
  expires.key = amqp_cstring_bytes("x-expires");
  expires.value.kind = AMQP_FIELD_KIND_I64;
  expires.value.value.i64 = std::chrono::milliseconds(what_.expires).count();
  const bool ends = named && what_.expires.count() > 0;
  const auto* made =
      amqp_queue_declare(state_, channel_, bytes_of(queue_), 0, named, !named, !named,
                         ends ? amqp_table_t{1, &expires} : amqp_empty_table);
  const auto reply = amqp_get_rpc_reply(state_);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL || made == nullptr)
    return failed("cannot declare the queue", reply);
  if (!named) queue_ = view_of(made->queue);
  return {};
}

result<> amqp_connection::subscribe() {
  auto there = queue_.empty() ? result<>(fail(errc::missing)) : find_queue();
  if (!there && there.error().code == errc::missing) there = declare_queue();
  if (!there) return there.error();
  for (const auto& key : what_.bindings) {
    amqp_queue_bind(state_, channel_, bytes_of(queue_), bytes_of(what_.exchange), bytes_of(key),
                    amqp_empty_table);
    if (auto bound = go_on("cannot bind the queue"); !bound) return bound;
  }
  amqp_basic_qos(state_, channel_, 0, what_.prefetch, 0);
  if (auto set = go_on("cannot set the prefetch"); !set) return set;
  amqp_basic_consume(state_, channel_, bytes_of(queue_), amqp_empty_bytes, 0, 0, 0,
                     amqp_empty_table);
  return go_on("cannot consume");
}

result<std::optional<amqp_delivery>> amqp_connection::read() {
  for (;;) {
    amqp_frame_t frame{};
    timeval now{0, 0};
    const auto status = amqp_simple_wait_frame_noblock(state_, &frame, &now);
    if (status == AMQP_STATUS_TIMEOUT) return std::optional<amqp_delivery>();
    if (status != AMQP_STATUS_OK) return failed("the connection broke", status);
    const auto made = frames_.feed(frame);
    // What a frame points to lives until here.
    amqp_maybe_release_buffers(state_);
    switch (made) {
      case frame_assembler::outcome::more:
        continue;
      case frame_assembler::outcome::message:
        if (waiting_ > 0) --waiting_;
        return std::optional(frames_.take());
      case frame_assembler::outcome::cancelled:
        return fail(errc::missing, "the broker ended the consumer: the queue is gone");
      case frame_assembler::outcome::closed:
      case frame_assembler::outcome::broken:
        usable_ = false;
        return fail(errc::closed, "the broker closed: " + frames_.why());
    }
  }
}

result<> amqp_connection::acknowledge(std::uint64_t tag) {
  const auto status = amqp_basic_ack(state_, channel_, tag, 1);
  if (status != AMQP_STATUS_OK) return failed("cannot acknowledge", status);
  return {};
}

result<std::uint64_t> amqp_connection::count() {
  if (auto found = find_queue(); !found) return found.error();
  return waiting_;
}

}  // namespace freshet
