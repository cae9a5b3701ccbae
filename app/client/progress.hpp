#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "core/clock.hpp"

namespace freshet::app {

/// Shows that long work goes on: a line that overwrites itself on a terminal, else a log line every
/// ten seconds.
///
/// Shape:    text is short and plain; the terminal is written at most five times a second.
/// Lifetime: done() (or the destructor) leaves the terminal's line clean.
/// Threads:  one.
class progress {
 public:
  /// `terminal`: where the line goes, null = no terminal.
  explicit progress(std::FILE* terminal) : terminal_(terminal) {}
  static progress on_stderr();
  ~progress() { done(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// True when something should be shown now; then show() it.
  bool due(mono_time now);
  void show(const std::string& text);
  void done();

 private:
  std::FILE* terminal_;
  std::optional<mono_time> next_;
  bool shown_ = false;
};

}  // namespace freshet::app
