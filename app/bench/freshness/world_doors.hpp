#pragma once

#include <boost/asio/io_context.hpp>

#include "app/bench/freshness/world.hpp"
#include "connectors/bus/bus.hpp"
#include "connectors/catchup/history_source.hpp"
#include "connectors/upstream/upstream.hpp"

namespace freshet::app {

namespace asio = boost::asio;

/// The world's bus, its history, and one of its upstreams, as freshet knows such things.
///
/// Lifetime: the world outlives them.
class world_bus final : public bus {
 public:
  explicit world_bus(world& of) : world_(of) {}
  std::string_view name() const override { return "world"; }
  asio::awaitable<void> run() override { co_return; }
  bool up() const override { return world_.connected(); }
  bool may_lose() const override { return true; }
  std::uint64_t connections() const override { return world_.connections(); }
  std::size_t rebuild(mono_time quiet_since) override;

 private:
  world& world_;
};

class world_history final : public history_source {
 public:
  explicit world_history(const world& of) : world_(of) {}
  asio::awaitable<result<history_page>> ask(history_question question) override;

 private:
  const world& world_;
};

class world_upstream final : public upstream {
 public:
  world_upstream(asio::io_context& loop, world& of, std::size_t kind)
      : loop_(loop), world_(of), kind_(kind) {}
  std::string_view name() const override { return world::kinds[kind_]; }
  asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;

 private:
  asio::io_context& loop_;
  world& world_;
  std::size_t kind_;
};

/// What a page of the world's says.
std::string document_of(std::size_t page, edition shows);
std::optional<edition> edition_in(std::string_view document);

}  // namespace freshet::app
