#include <amqp.h>
#include <fmt/ranges.h>
#include <openssl/opensslv.h>
#include <sqlite3.h>
#include <zmq.h>

#include <boost/version.hpp>
#include <pugixml.hpp>

#include "app/exit_code.hpp"
#include "app/verbs/verbs.hpp"

namespace freshet::app {
namespace {

int print(bool features) {
  fmt::print("freshet {}\n", FRESHET_VERSION);
  if (!features) return exit_ok;
  fmt::print("compiler  {}\n", __VERSION__);
  fmt::print("boost     {}.{}.{}\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
             BOOST_VERSION % 100);
  fmt::print("zeromq    {}.{}.{}\n", ZMQ_VERSION_MAJOR, ZMQ_VERSION_MINOR, ZMQ_VERSION_PATCH);
  fmt::print("openssl   {}\n", OPENSSL_VERSION_STR);
  const int simdjson_version[] = {simdjson::SIMDJSON_VERSION_MAJOR,
                                  simdjson::SIMDJSON_VERSION_MINOR,
                                  simdjson::SIMDJSON_VERSION_REVISION};
  fmt::print("sqlite    {}\n", sqlite3_libversion());
  fmt::print("pugixml   {}.{}.{}\n", PUGIXML_VERSION / 1000, PUGIXML_VERSION / 10 % 100,
             PUGIXML_VERSION % 10);
  fmt::print("rabbitmq  {}\n", amqp_version());
  fmt::print("simdjson  {}\n", fmt::join(simdjson_version, "."));
  return exit_ok;
}

}  // namespace

void add_version(CLI::App& cli, verb& chosen) {
  cli.set_version_flag("--version", "freshet " FRESHET_VERSION);
  auto* sub = cli.add_subcommand("version", "print the version");
  auto features = std::make_shared<bool>(false);
  sub->add_flag("--features", *features, "and what it was built with");
  sub->callback([&chosen, features] { chosen = [features] { return print(*features); }; });
}

}  // namespace freshet::app
