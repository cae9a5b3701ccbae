#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/simulation/dice.hpp"
#include "store/journal/journal_batch.hpp"
#include "store/journal/journal_reader.hpp"

namespace freshet::test {

/// What is left of a run: everything that one reads of a journal.
struct left_over {
  journal_head head;
  std::vector<recalled_page> pages;
  std::vector<recalled_body> bodies;
  std::vector<saved_change> gone;
};

/// Where a simulated run keeps what it knows: begin() .. commit() .. end() or crash(), then read().
class disk {
 public:
  virtual ~disk() = default;
  virtual left_over read() = 0;
  virtual void begin(std::uint64_t epoch, sequence reserved,
                     const std::vector<saved_doubt>& doubts) = 0;
  virtual void commit(const journal_batch& batch) = 0;
  virtual void end(sequence reserved) = 0;
  /// `torn`: a batch that was being written; it is there as a whole or not at all.
  virtual void crash(const journal_batch* torn, dice& chance) = 0;
};

/// A model: transactions are whole, and what was committed is there.
class model_disk final : public disk {
 public:
  left_over read() override;
  void begin(std::uint64_t epoch, sequence reserved,
             const std::vector<saved_doubt>& doubts) override;
  void commit(const journal_batch& batch) override;
  void end(sequence reserved) override;
  void crash(const journal_batch* torn, dice& chance) override;

 private:
  journal_head head_;
  std::map<page_row, recalled_page> pages_;
  std::map<page_row, recalled_body> bodies_;
  std::map<sequence, saved_change> gone_;
};

/// The journal's own file; a torn write is a log that was cut somewhere in its last transaction.
std::unique_ptr<disk> make_file_disk(std::string folder);

}  // namespace freshet::test
