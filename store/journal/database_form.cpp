#include "store/journal/database_form.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "store/journal/journal_errc.hpp"

namespace freshet {
namespace {

result<> climb(database& db, std::size_t from, const database_form& form) {
  return db.transaction([&]() -> result<> {
    for (const auto* step : form.steps.subspan(from))
      if (auto done = db.execute(step); !done) return done;
    const auto sign = fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                  form.application_id, form.steps.size());
    return db.execute(sign.c_str());
  });
}

/// A rename is on the disk when its folder is.
void sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

result<> bring_up_to_date(database& db, const database_form& form) {
  const auto newest = static_cast<std::int64_t>(form.steps.size());
  const auto id = db.number("PRAGMA application_id");
  if (!id) return id.error();
  const auto is = db.number("PRAGMA user_version");
  if (!is) return is.error();
  const auto tables = db.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables == 0 && *id == 0 && *is == 0) return climb(db, 0, form);
  if (*id != form.application_id)
    return error(journal_errc::foreign, "an SQLite file of another program");
  if (*is > newest)
    return error(journal_errc::newer,
                 fmt::format("its version is {}, this freshet knows {}", *is, newest));
  if (*is < 1) return error(journal_errc::damaged, "it has no version");
  return *is < newest ? climb(db, static_cast<std::size_t>(*is), form) : result<>{};
}

result<std::unique_ptr<database>> open_database(const std::string& path,
                                                const database_form& form) {
  auto db = database::open(path.empty() ? ":memory:" : path);
  if (!db) return db;
  if (auto good = bring_up_to_date(**db, form); !good) return good.error();
  if (auto good = (*db)->execute(form.manner); !good) return good.error();
  return db;
}

result<database_extent> extent_of(database& db) {
  const auto page = db.number("PRAGMA page_size");
  const auto pages = db.number("PRAGMA page_count");
  const auto empty = db.number("PRAGMA freelist_count");
  for (const auto* each : {&page, &pages, &empty})
    if (!*each) return each->error();
  return database_extent{static_cast<std::uint64_t>(*page * *pages),
                         static_cast<std::uint64_t>(*page * (*pages - *empty))};
}

bool makes_no_sense(const error& why) {
  return why.code == journal_errc::damaged || why.code == journal_errc::foreign ||
         why.code == journal_errc::newer;
}

result<std::string> set_aside(const std::string& path, std::string_view why, wall_time now) {
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  const auto base = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path, fmt::gmtime(seconds));
  auto to = base;
  for (int n = 2; ::access(to.c_str(), F_OK) == 0; ++n) to = fmt::format("{}-{}", base, n);
  // The log first: a file without its log is only older, a log beside a new file would be wrong.
  for (const auto* part : {"-wal", "-shm", ""}) {
    if (::rename((path + part).c_str(), (to + part).c_str()) == 0 || errno == ENOENT) continue;
    return error(journal_errc::unusable,
                 fmt::format("{} ({}) cannot be moved aside: {}", path, why, std::strerror(errno)));
  }
  sync_folder_of(path);
  return fmt::format("{}; it was moved to {}", why, to);
}

}  // namespace freshet
