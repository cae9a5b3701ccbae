#include "app/bench/load_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/client/plain_text.hpp"

namespace freshet::app {
namespace {

double seconds_of(std::chrono::nanoseconds t) { return std::chrono::duration<double>(t).count(); }

std::optional<double> latency_of(const load_report& report, double q) {
  const auto found = report.counts.latency.quantile(q);
  if (!found) return {};
  return seconds_of(*found);
}

std::optional<double> push_of(const load_report& report, double q) {
  if (!report.server) return {};
  return quantile_of(report.server->event_to_push, q);
}

double per_second(const load_report& report, double count) {
  return report.seconds > 0 ? count / report.seconds : 0;
}

double per_second(const load_report& report, std::uint64_t count) {
  return per_second(report, static_cast<double>(count));
}

std::optional<double> cpu_per_request(const load_report& report) {
  if (!report.child || report.requests() == 0) return {};
  return seconds_of(report.child->cpu) / static_cast<double>(report.requests());
}

std::string milliseconds(std::optional<double> seconds) {
  return seconds ? fmt::format("{:.3f} ms", *seconds * 1e3) : std::string("none");
}

std::string or_null(std::optional<double> number) {
  return number ? fmt::format("{:.9g}", *number) : std::string("null");
}

/// `200: 1234, 404: 5`; with quotes around the statuses for JSON.
std::string statuses(const load_report& report, std::string_view quote) {
  std::string out;
  for (const auto& [status, count] : report.counts.statuses) {
    out += fmt::format("{0}{1}{2}{1}: {3}", out.empty() ? "" : ", ", quote, status, count);
  }
  return out;
}

std::string process_text(const load_report& report) {
  std::string out;
  if (report.child) {
    const auto each = cpu_per_request(report);
    out += fmt::format("server     {:.2f} s CPU", seconds_of(report.child->cpu));
    if (each) out += fmt::format(", {:.1f} us a request", *each * 1e6);
    out += fmt::format(" (events and streams included), {:.1f} MiB at most\n",
                       static_cast<double>(report.child->peak_memory) / (1 << 20));
  }
  return out + fmt::format("this side  {:.2f} s CPU\n", seconds_of(report.own_cpu));
}

std::string server_text(const load_report& report) {
  if (!report.server) return "";
  return fmt::format("events     {:.0f} from the buses, {:.0f}/s; {:.0f} refreshes/s\n",
                     report.server->bus_events, per_second(report, report.server->bus_events),
                     per_second(report, report.server->refreshes));
}

std::string flood_text(const load_report& report) {
  if (!report.flood) return "";
  const auto& flood = *report.flood;
  const auto sent = per_second(report, flood.sent), behind = static_cast<double>(flood.behind_max);
  const auto waited = [&report](double q) {
    const auto found = report.counts.waits.quantile(q);
    return milliseconds(found ? std::optional(seconds_of(*found)) : std::nullopt);
  };
  auto out = fmt::format(
      "flood      {:.0f}/s sent, {:.0f}/s taken, at most {:.0f} behind ({:.0f} ms)\n", sent,
      per_second(report, flood.taken), behind, sent > 0 ? behind / sent * 1e3 : 0.0);
  return out + fmt::format(
                   "waits      p50 {}, p99 {}, max {} from a message to its page's readers\n",
                   waited(0.5), waited(0.99), milliseconds(seconds_of(report.counts.waits.max())));
}

std::string flood_json(const load_report& report) {
  if (!report.flood) return "null";
  const auto waited = [&report](double q) {
    const auto found = report.counts.waits.quantile(q);
    return or_null(found ? std::optional(seconds_of(*found)) : std::nullopt);
  };
  return fmt::format(
      R"({{"sent":{},"taken":{},"behind_max":{},"waits":{{"count":{},"p50":{},"p99":{},"max":{}}}}})",
      report.flood->sent, report.flood->taken, report.flood->behind_max,
      report.counts.waits.count(), waited(0.5), waited(0.99),
      seconds_of(report.counts.waits.max()));
}

std::string server_json(const load_report& report) {
  if (!report.server) return "null";
  return fmt::format(R"({{"bus_events":{},"refreshes":{},"stream_events":{},)"
                     R"("event_to_push":{{"count":{},"p50":{},"p99":{}}}}})",
                     report.server->bus_events, report.server->refreshes,
                     report.server->stream_events, count_of(report.server->event_to_push),
                     or_null(push_of(report, 0.5)), or_null(push_of(report, 0.99)));
}

std::string child_json(const load_report& report) {
  if (!report.child) return "null";
  return fmt::format(R"({{"cpu_seconds":{:.6f},"cpu_seconds_per_request":{},"peak_memory":{}}})",
                     seconds_of(report.child->cpu), or_null(cpu_per_request(report)),
                     report.child->peak_memory);
}

}  // namespace

bool load_report::good() const {
  const auto success = [](const auto& each) { return each.first >= 200 && each.first < 300; };
  return requests() > 0 && counts.failures == 0 &&
         std::all_of(counts.statuses.begin(), counts.statuses.end(), success);
}

std::optional<double> p99_ratio(const load_report& calm, const load_report& storm) {
  const auto before = latency_of(calm, 0.99), after = latency_of(storm, 0.99);
  if (!before || !after || *before <= 0) return {};
  return *after / *before;
}

std::string to_text(const load_report& report) {
  const auto& counts = report.counts;
  auto out = fmt::format("{:.1f} s, {} connections, {} requests at a time each, {} of {} streams\n",
                         report.seconds, report.connections, report.depth, report.streams_open,
                         report.streams);
  if (!report.warm) out += "not warm: some page or stream was not there when measuring began\n";
  out += fmt::format("requests   {:.0f}/s, {:.2f} MB/s\n", per_second(report, report.requests()),
                     per_second(report, counts.bytes) / 1e6);
  out += fmt::format("latency    p50 {}, p99 {}, p99.9 {}, max {}\n",
                     milliseconds(latency_of(report, 0.5)), milliseconds(latency_of(report, 0.99)),
                     milliseconds(latency_of(report, 0.999)),
                     milliseconds(seconds_of(counts.latency.max())));
  out += fmt::format("answers    {}\n", counts.statuses.empty() ? "none" : statuses(report, ""));
  if (counts.failures > 0) {
    out += fmt::format("failures   {}, the last: {}\n", counts.failures,
                       printable(counts.last_failure));
  }
  out += server_text(report) + flood_text(report);
  out += fmt::format("streams    {} events came, {:.0f}/s\n", counts.stream_events,
                     per_second(report, counts.stream_events));
  if (report.server) {
    out +=
        fmt::format("push       p50 {}, p99 {} from an event to the first stream, fetches in it\n",
                    milliseconds(push_of(report, 0.5)), milliseconds(push_of(report, 0.99)));
  }
  return out + process_text(report);
}

std::string to_json(const load_report& report) {
  const auto& counts = report.counts;
  return fmt::format(
      R"({{"seconds":{:.3f},"connections":{},"depth":{},"streams":{},"streams_open":{},"warm":{},)"
      R"("requests":{},"requests_per_second":{:.1f},"bytes":{},"bytes_per_second":{:.1f},)"
      R"("latency":{{"p50":{},"p99":{},"p99.9":{},"max":{}}},"statuses":{{{}}},"failures":{},)"
      R"("stream_events":{},"stream_events_per_second":{:.1f},"own_cpu_seconds":{:.6f},)"
      R"("flood":{},"server":{},"process":{}}})",
      report.seconds, report.connections, report.depth, report.streams, report.streams_open,
      report.warm, report.requests(), per_second(report, report.requests()), counts.bytes,
      per_second(report, counts.bytes), or_null(latency_of(report, 0.5)),
      or_null(latency_of(report, 0.99)), or_null(latency_of(report, 0.999)),
      seconds_of(counts.latency.max()), statuses(report, "\""), counts.failures,
      counts.stream_events, per_second(report, counts.stream_events), seconds_of(report.own_cpu),
      flood_json(report), server_json(report), child_json(report));
}

}  // namespace freshet::app
