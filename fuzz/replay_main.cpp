/// Runs one target without libFuzzer: the given files and folders first, then mutations of them,
/// the same in every run. `fuzz_x [--mutations N] [--save FILE] PATH...`; exit code 1 and the input
/// in FILE when a property does not hold.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/support/mutator.hpp"
#include "fuzz/support/target.hpp"

#ifdef FRESHET_SANITIZED
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif

namespace {

std::string current;
std::string save_to;

/// The process is about to end badly: what follows calls nothing but the kernel.
void save_input() {
  const int file = ::open(save_to.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (file < 0) return;
  const bool whole = ::write(file, current.data(), current.size()) >= 0;
  ::close(file);
  static constexpr char text[] = "the input is saved as ";
  if (!whole || ::write(2, text, sizeof text - 1) < 0) return;
  if (::write(2, save_to.data(), save_to.size()) > 0 && ::write(2, "\n", 1) > 0) return;
}

void on_signal(int) {
  save_input();
  ::_exit(1);
}

void run(std::string text) {
  current = std::move(text);
  // A block of exactly this size, so that ASan sees the first byte read beyond it.
  const auto block = std::make_unique<std::uint8_t[]>(current.size());
  std::copy(current.begin(), current.end(), block.get());
  LLVMFuzzerTestOneInput(block.get(), current.size());
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> read_all(const std::vector<std::string>& paths) {
  std::vector<std::filesystem::path> files;
  for (const auto& path : paths) {
    if (std::filesystem::is_directory(path)) {
      for (const auto& file : std::filesystem::directory_iterator(path)) files.push_back(file);
    } else if (std::filesystem::exists(path)) {
      files.emplace_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& file : files) texts.push_back(read(file));
  return texts;
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::string> paths;
  unsigned long mutations = 0;
  save_to = "failing-input";
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--mutations" && i + 1 < count) {
      mutations = std::stoul(words[++i]);
    } else if (word == "--save" && i + 1 < count) {
      save_to = words[++i];
    } else {
      paths.push_back(word);
    }
  }
  std::signal(SIGABRT, on_signal);
#ifdef FRESHET_SANITIZED
  __sanitizer_set_death_callback(save_input);
#else
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, on_signal);
#endif
  const auto seeds = read_all(paths);
  if (seeds.empty()) {
    std::fputs("no input: expected seeds\n", stderr);
    return 2;
  }
  run({});
  for (const auto& text : seeds) run(text);
  freshet::fuzz::mutator spoilt(seeds, 20260101);
  for (auto n = mutations; n > 0; --n) run(spoilt.next());
  std::printf("%zu inputs and %lu mutations of them\n", seeds.size(), mutations);
  return 0;
}
