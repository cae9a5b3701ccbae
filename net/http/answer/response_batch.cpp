#include "net/http/answer/response_batch.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace freshet::http {
namespace {

constexpr std::size_t room_start = 4096;
constexpr std::size_t room_kept = 64 * 1024;  // one odd answer must not stay for ever

}  // namespace

void response_batch::begin(std::uint16_t status) {
  assert(!full());
  answers_[count_++] = {status, 0};
}

void response_batch::count(std::size_t n) {
  assert(count_ > 0);
  bytes_left_ += n;
  answers_[count_ - 1].bytes += n;
}

char* response_batch::room(std::size_t most) {
  if (room_ - used_ < most) grow(most);
  return text_.get() + used_;
}

void response_batch::wrote(const char* end) {
  const auto n = static_cast<std::size_t>(end - text_.get()) - used_;
  used_ += n;
  count(n);
}

void response_batch::add(std::string_view text) {
  char* const at = room(text.size());
  wrote(at + text.copy(at, text.size()));
}

void response_batch::add(std::string_view text, const entry& owner) {
  if (text.size() < borrowed_min) return add(text);
  end_run();
  pieces_.push_back({text.data(), text.size(), 0, &owner});
  count(text.size());
}

void response_batch::add_file(int descriptor, std::size_t size, const entry& owner) {
  end_run();
  pieces_.push_back({nullptr, size, 0, &owner, descriptor});
  count(size);
}

void response_batch::grow(std::size_t n) {
  const auto room = std::max({room_start, room_ * 2, used_ + n});
  auto larger = std::make_unique_for_overwrite<char[]>(room);
  if (used_ > 0) std::memcpy(larger.get(), text_.get(), used_);
  text_ = std::move(larger);
  room_ = room;
}

void response_batch::end_run() {
  if (run_ == used_) return;
  pieces_.push_back({nullptr, used_ - run_, run_, nullptr});
  run_ = used_;
}

std::span<const iovec> response_batch::buffers(std::size_t max) {
  end_run();
  buffers_.clear();
  const auto last = std::min(pieces_.size(), first_ + max);
  for (auto i = first_; i < last && pieces_[i].file < 0; ++i) {
    const auto& p = pieces_[i];
    // sendmsg only reads; iovec has no const variant
    auto* const at = p.data ? const_cast<char*>(p.data) : text_.get() + p.offset;
    buffers_.push_back({at, p.size});
  }
  return buffers_;
}

std::optional<response_batch::file_part> response_batch::file() const {
  if (first_ == pieces_.size() || pieces_[first_].file < 0) return {};
  const auto& p = pieces_[first_];
  return file_part{p.file, p.offset, p.size};
}

void response_batch::consume(std::size_t n) {
  assert(n <= bytes_left_);
  end_run();
  bytes_left_ -= n;
  while (n > 0) {
    auto& p = pieces_[first_];
    if (n < p.size) {
      if (p.data) p.data += n;
      p.offset += n;
      p.size -= n;
      return;
    }
    n -= p.size;
    ++first_;
  }
}

void response_batch::pin() {
  for (auto i = first_; i < pieces_.size(); ++i) {
    auto* const owner = std::exchange(pieces_[i].owner, nullptr);
    if (owner == nullptr) continue;
    if (pinned_.empty() || pinned_.back().get() != owner) pinned_.emplace_back(owner);
  }
}

void response_batch::clear() {
  pieces_.clear();
  pinned_.clear();
  first_ = run_ = used_ = count_ = bytes_left_ = 0;
  if (room_ <= room_kept) return;
  text_.reset();
  room_ = 0;
}

}  // namespace freshet::http
