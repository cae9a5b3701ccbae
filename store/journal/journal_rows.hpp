#pragma once

#include <string_view>

#include "store/journal/journal_batch.hpp"
#include "store/journal/statement.hpp"

namespace freshet {

/// A page of the journal as it is read back: of which class, and what that class said then.
struct recalled_page {
  std::string class_name;
  std::uint64_t recipe = 0;
  saved_page what;
};

/// How the plain values stand in the columns of schema.hpp.
namespace journal_rows {

inline constexpr std::string_view write_page =
    "INSERT OR REPLACE INTO page VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,"
    "?26)";
inline constexpr std::string_view read_pages = "SELECT * FROM page ORDER BY id";
inline constexpr std::string_view write_gone =
    "INSERT OR REPLACE INTO gone VALUES (?1,?2,?3,?4,?5,?6,?7)";
inline constexpr std::string_view write_locked =
    "INSERT OR REPLACE INTO locked VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
inline constexpr std::string_view write_locked_again =
    "UPDATE locked SET why=?2,detail=?3,last=?4,times=?5,tries=?6 WHERE number=?1";
inline constexpr std::string_view read_locked = "SELECT * FROM locked ORDER BY number";
inline constexpr std::string_view read_gone = "SELECT * FROM gone ORDER BY at";

result<> put(statement& into, const saved_class& of, const saved_page& page);
result<> put(statement& into, const saved_change& change);
result<> put(statement& into, const saved_cursor& cursor);
result<> put(statement& into, const saved_doubt& doubt);
result<> put(statement& into, const locked_event& one);
result<> put_again(statement& into, const locked_event& one);
recalled_page page_of(const statement& row);
locked_event locked_of(const statement& row);
/// As times stand in columns.
std::int64_t micros(wall_time t);
wall_time time_of(std::int64_t micros);
saved_change change_of(const statement& row);

}  // namespace journal_rows
}  // namespace freshet
