#include "store/entry.hpp"

#include <new>
#include <utility>

namespace freshet {

boost::intrusive_ptr<entry> entry::make(std::string_view body) {
  void* const at = ::operator new(sizeof(entry) + body.size());
  body.copy(static_cast<char*>(at) + sizeof(entry), body.size());
  return boost::intrusive_ptr<entry>(new (at) entry(body.size()));
}

entry::~entry() {
  delete gzip.load(std::memory_order_acquire);
  delete brotli.load(std::memory_order_acquire);
  delete file.load(std::memory_order_acquire);
}

view::view(shown_page&& what)
    : content(std::move(what.content)),
      tell_home(what.tell_home),
      fragment_bytes_(static_cast<std::uint32_t>(what.fragment.size())) {}

std::unique_ptr<const view> view::make(shown_page what) {
  void* const at = ::operator new(sizeof(view) + what.fragment.size());
  what.fragment.copy(static_cast<char*>(at) + sizeof(view), what.fragment.size());
  return std::unique_ptr<const view>(new (at) view(std::move(what)));
}

}  // namespace freshet
