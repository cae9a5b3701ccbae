#include "net/http/answer/response_batch.hpp"

#include <algorithm>
#include <cassert>

namespace freshet::http {

response_batch::response_batch() {
  answers_.reserve(answers_max);
  pieces_.reserve(answers_max);
}

void response_batch::begin(std::uint16_t status) {
  assert(!full());
  answers_.push_back({status, 0});
}

void response_batch::add(std::string_view text, holding held, const entry* owner) {
  assert(!answers_.empty());
  if (text.empty()) return;
  pieces_.push_back({text.data(), text.size(), 0, owner, held});
  bytes_left_ += text.size();
  answers_.back().bytes += text.size();
}

void response_batch::add_entry(std::string_view text, const entry& owner) {
  add(text, holding::entry, &owner);
}

void response_batch::add_shared(std::shared_ptr<const std::string> text) {
  add(*text, holding::shared);
  shared_.push_back(std::move(text));
}

void response_batch::add_own(std::string_view text) {
  if (text.empty()) return;
  add(text, holding::own);
  pieces_.back().data = nullptr;
  pieces_.back().offset = own_.size();
  own_ += text;
}

std::span<const iovec> response_batch::buffers(std::size_t max) {
  buffers_.clear();
  const auto last = std::min(pieces_.size(), first_ + max);
  for (auto i = first_; i < last; ++i) {
    // sendmsg only reads; iovec has no const variant
    buffers_.push_back({const_cast<char*>(at(pieces_[i])), pieces_[i].size});
  }
  return buffers_;
}

void response_batch::consume(std::size_t n) {
  assert(n <= bytes_left_);
  bytes_left_ -= n;
  while (n > 0) {
    auto& p = pieces_[first_];
    if (n < p.size) {
      if (p.held == holding::own) {
        p.offset += n;
      } else {
        p.data += n;
      }
      p.size -= n;
      return;
    }
    n -= p.size;
    ++first_;
  }
}

void response_batch::pin() {
  for (auto i = first_; i < pieces_.size(); ++i) {
    auto& p = pieces_[i];
    if (p.held == holding::entry) {
      if (pinned_.empty() || pinned_.back().get() != p.owner) pinned_.emplace_back(p.owner);
      p.held = holding::nothing;
    } else if (p.held == holding::turn) {
      const auto offset = own_.size();
      own_.append(p.data, p.size);
      p = {nullptr, p.size, offset, nullptr, holding::own};
    }
  }
}

void response_batch::clear() {
  pieces_.clear();
  first_ = 0;
  answers_.clear();
  shared_.clear();
  pinned_.clear();
  bytes_left_ = 0;
  own_.clear();
  if (own_.capacity() > 64 * 1024) own_.shrink_to_fit();  // one odd answer must not stay for ever
}

}  // namespace freshet::http
