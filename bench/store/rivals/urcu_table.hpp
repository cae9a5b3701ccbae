#pragma once

#include <urcu-qsbr.h>
// after the flavour
#include <urcu/rculfhash.h>

#include <string>
#include <string_view>
#include <utility>

#include "store/cache/slot.hpp"

namespace freshet::bench {

/// liburcu's own lock-free table (cds_lfht) in its cheapest flavour: readers announce a quiescent
/// state once a turn.
class urcu_table {
 public:
  static constexpr bool shared = true;
  urcu_table() { table_ = cds_lfht_new(1 << 16, 1, 0, CDS_LFHT_AUTO_RESIZE, nullptr); }
  ~urcu_table() {
    const enrolled here;
    cds_lfht_iter at;
    rcu_read_lock();
    cds_lfht_first(table_, &at);
    while (auto* const node = cds_lfht_iter_get_node(&at)) {
      cds_lfht_next(table_, &at);
      if (cds_lfht_del(table_, node) == 0) call_rcu(&row_of(node)->later, free_row);
    }
    rcu_read_unlock();
    rcu_quiescent_state();
    rcu_barrier();
    cds_lfht_destroy(table_, nullptr);
  }
  void put(std::string_view path, entry_ptr value) {
    thread_local const enrolled here;
    auto* const fresh = new row{{}, {}, std::string(path), std::move(value)};
    cds_lfht_node_init(&fresh->node);
    rcu_read_lock();
    auto* const old =
        cds_lfht_add_replace(table_, path_hash(path, 1), matches, &path, &fresh->node);
    rcu_read_unlock();
    if (old != nullptr) call_rcu(&row_of(old)->later, free_row);
    rcu_quiescent_state();
  }
  void reserve(std::size_t) {}
  void turn() {
    thread_local const enrolled here;
    rcu_quiescent_state();
  }
  template <class F>
  bool with(std::string_view path, F&& f) {
    const row* found = find(path);
    if (found == nullptr) return false;
    f(*found->value);
    return true;
  }
  bool touch(std::string_view path) {
    const row* found = find(path);
    return found != nullptr && found->value != nullptr;
  }

 private:
  struct row {
    cds_lfht_node node;
    rcu_head later;
    std::string path;
    entry_ptr value;
  };
  struct enrolled {
    enrolled() { rcu_register_thread(); }
    ~enrolled() { rcu_unregister_thread(); }
  };
  static row* row_of(cds_lfht_node* node) { return reinterpret_cast<row*>(node); }
  static void free_row(rcu_head* head) {
    delete reinterpret_cast<row*>(reinterpret_cast<char*>(head) - offsetof(row, later));
  }
  static int matches(cds_lfht_node* node, const void* path) {
    return row_of(node)->path == *static_cast<const std::string_view*>(path) ? 1 : 0;
  }
  const row* find(std::string_view path) const {
    cds_lfht_iter at;
    cds_lfht_lookup(table_, path_hash(path, 1), matches, &path, &at);
    auto* const node = cds_lfht_iter_get_node(&at);
    return node == nullptr ? nullptr : row_of(node);
  }

  cds_lfht* table_;
};

}  // namespace freshet::bench
