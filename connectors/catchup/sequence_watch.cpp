#include "connectors/catchup/sequence_watch.hpp"

#include <xxhash.h>

#include <algorithm>

namespace freshet {
namespace {

constexpr unsigned judged_after_jumps = 4;
constexpr std::uint64_t messages_per_jump = 10;
constexpr std::size_t name_bytes = 128;

std::string_view text_of(const event& e, std::string_view name) {
  std::string_view text;
  simdjson::dom::element found;
  if (e.members && !e.members->at_key(name).get(found)) static_cast<void>(found.get(text));
  return text;
}

/// The words that name the service: `org.fedoraproject.prod.bodhi`.
std::string_view service_of(std::string_view topic) {
  std::size_t end = 0;
  for (int words = 0; words < 4; ++words) {
    end = topic.find('.', end);
    if (end == std::string_view::npos) return topic;
    ++end;
  }
  return topic.substr(0, end - 1);
}

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace

std::optional<std::uint64_t> sequence_of(const event& e) {
  simdjson::dom::element found;
  std::uint64_t i = 0;
  if (!e.members || e.members->at_key("i").get(found) || found.get(i)) return std::nullopt;
  return i;
}

sequence_watch::publisher& sequence_watch::find(const event& e) {
  const auto service = service_of(e.topic);
  const auto user = text_of(e, "username");
  const auto key = hash(text_of(e, "certificate"), hash(user, hash(service, 1)));
  const auto [at, made] = publishers_.try_emplace(key);
  auto& p = at->second;
  if (made) {
    p.name = std::string(service.substr(0, name_bytes));
    if (!user.empty()) p.name += " (" + std::string(user.substr(0, name_bytes)) + ")";
    p.place = order_.insert(order_.end(), key);
  } else {
    order_.splice(order_.end(), order_, p.place);
  }
  if (publishers_.size() > publishers_max) {
    const auto oldest = publishers_.find(order_.front());
    holes_ -= oldest->second.holes.size();
    if (!oldest->second.judged) --unjudged_;
    publishers_.erase(oldest);
    order_.pop_front();
  }
  return p;
}

bool sequence_watch::fill(publisher& p, std::uint64_t i) {
  for (auto h = p.holes.begin(); h != p.holes.end(); ++h) {
    if (i < h->first || i > h->last) continue;
    if (h->first == h->last) {
      p.holes.erase(h);
    } else if (i == h->first) {
      ++h->first;
    } else if (i == h->last) {
      --h->last;
    } else {
      const hole upper{i + 1, h->last, h->since, h->noticed};
      h->last = i - 1;
      p.holes.push_back(upper);
    }
    return true;
  }
  return false;
}

void sequence_watch::heard(const event& e, mono_time now, bool again) {
  const auto i = sequence_of(e);
  if (!i) return;
  auto& p = find(e);
  const auto before = p.holes.size();
  if (!fill(p, *i) && p.judged) go_on(p, *i, again, now);
  holes_ = holes_ - before + p.holes.size();
}

void sequence_watch::go_on(publisher& p, std::uint64_t i, bool again, mono_time now) {
  count* below = nullptr;  // the nearest one that this could be a jump of
  count* oldest = nullptr;
  if (!again) ++p.messages;
  for (auto& c : p.counts) {
    if (c.last + 1 == i) {
      c.last = i;
      c.at = now;
      ++c.seen;
      return;
    }
    const bool near = c.last < i && i - c.last <= jump_max && c.seen >= trusted_after;
    if (near && (below == nullptr || c.last > below->last)) below = &c;
    if (oldest == nullptr || c.at < oldest->at) oldest = &c;
  }
  if (again) return;
  if (below != nullptr) return jump(p, *below, i, now);
  if (p.counts.size() < counts_max) {
    p.counts.push_back({i, 1, now});
  } else {
    *oldest = {i, 1, now};
  }
}

void sequence_watch::jump(publisher& p, count& c, std::uint64_t i, mono_time now) {
  ++p.jumps;
  if (p.jumps >= judged_after_jumps && p.jumps * messages_per_jump > p.messages) {
    p.judged = false;
    p.holes.clear();
    p.counts.clear();
    ++unjudged_;
    return;
  }
  if (holes_ < holes_max) p.holes.push_back({c.last + 1, i - 1, c.at, now});
  c.last = i;
  c.at = now;
  ++c.seen;
}

std::vector<sequence_hole> sequence_watch::due(mono_time now) {
  std::vector<sequence_hole> out;
  if (holes_ == 0) return out;
  for (auto& [key, p] : publishers_) {
    for (auto h = p.holes.begin(); h != p.holes.end();) {
      if (now - h->noticed < patience) {
        ++h;
        continue;
      }
      out.push_back({p.name, h->first, h->last, h->since});
      h = p.holes.erase(h);
      --holes_;
    }
  }
  return out;
}

void sequence_watch::forget_counts() {
  for (auto& [key, p] : publishers_) {
    p.counts.clear();
    p.holes.clear();
  }
  holes_ = 0;
}

}  // namespace freshet
