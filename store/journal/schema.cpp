#include "store/journal/schema.hpp"

#include <array>

namespace freshet::schema {
namespace {

/// Step n leads from version n to n + 1. Steps are never changed once released.
constexpr std::array<const char*, version> all_steps{
    R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  class TEXT NOT NULL,
  recipe INTEGER NOT NULL,       -- hash of what the configuration said of the class
  path TEXT NOT NULL,
  version INTEGER NOT NULL,      -- the sequence of its newest change; 0 = never built
  have INTEGER NOT NULL,
  parts BLOB NOT NULL,           -- want and have of each, 8 bytes little-endian
  verified INTEGER NOT NULL,     -- times are microseconds since 1970
  popularity INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  errors_since INTEGER NOT NULL,
  parked_until INTEGER NOT NULL, -- 0 = not parked
  failure TEXT NOT NULL,
  cause INTEGER NOT NULL,        -- of the version's last refresh
  event TEXT NOT NULL,
  topic TEXT NOT NULL,
  bus TEXT NOT NULL,
  rule TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  change_event TEXT NOT NULL,    -- of the change record
  change_topic TEXT NOT NULL,
  change_etag TEXT NOT NULL
);
CREATE TABLE body (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  status INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified INTEGER NOT NULL,
  coding INTEGER NOT NULL,       -- 0 as it is, 1 deflate
  size INTEGER NOT NULL,         -- decoded
  checksum INTEGER NOT NULL,     -- XXH3-64 of the decoded bytes
  bytes BLOB NOT NULL
);
CREATE TABLE gone (
  at INTEGER PRIMARY KEY,
  what INTEGER NOT NULL,
  class TEXT NOT NULL,
  path TEXT NOT NULL,
  etag TEXT NOT NULL,
  event TEXT NOT NULL,
  topic TEXT NOT NULL
);
CREATE TABLE cursor (
  bus TEXT PRIMARY KEY,
  connection INTEGER NOT NULL,   -- hash of what the configuration connects it to
  position TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE doubt (class TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE locked (
  number INTEGER PRIMARY KEY,
  bus TEXT NOT NULL,
  topic TEXT NOT NULL,
  event TEXT NOT NULL,
  why TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,
  last INTEGER NOT NULL,
  times INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  size INTEGER NOT NULL,         -- of the message; `bytes` may be its beginning only
  bytes BLOB NOT NULL
);
)sql",
    R"sql(
ALTER TABLE page ADD COLUMN floor TEXT NOT NULL DEFAULT '';  -- '' = none is pending
ALTER TABLE page ADD COLUMN floor_unmet INTEGER NOT NULL DEFAULT 0;
ALTER TABLE page ADD COLUMN reread INTEGER NOT NULL DEFAULT 0;
)sql"};

}  // namespace

std::span<const char* const> steps() { return all_steps; }

}  // namespace freshet::schema
