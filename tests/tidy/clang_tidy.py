#!/usr/bin/env python3
"""clang-tidy within a time budget.

clang_tidy.py quick BUILD ROOT [SECONDS]   the checks below: files with coroutines first, then others
clang_tidy.py full BUILD ROOT [FILE...]    everything in .clang-tidy, over these files or all
clang_tidy.py self_test BUILD ROOT         whether the quick checks see what they are there for

A file that passed is not looked at again until it, a header of ours that it includes, or the list of
checks changes. Exits 1 on a finding, 77 when the budget ended before all coroutines were checked.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

TIDY = "clang-tidy-19"
FOLDERS = ("core/", "store/", "net/", "connectors/", "app/", "web/", "tests/", "fuzz/", "bench/")
# Each is cheap (2 to 4 s a file with the precompiled header) and each finding is a bug.
QUICK = [
    "cppcoreguidelines-avoid-capturing-lambda-coroutines",
    "cppcoreguidelines-avoid-reference-coroutine-parameters",
    "misc-coroutine-hostile-raii",
    "bugprone-use-after-move",
    "bugprone-dangling-handle",
    "bugprone-string-constructor",
    "bugprone-infinite-loop",
    "bugprone-sizeof-expression",
    "bugprone-inaccurate-erase",
    "bugprone-suspicious-memset-usage",
    "bugprone-undelegated-constructor",
    "bugprone-fold-init-type",
]
COROUTINE = re.compile(r"\bco_(await|return|yield)\b")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def sources(build, root):
    """The files of ours that the compiler was asked to build; generated ones are not ours."""
    database = json.loads((build / "compile_commands.json").read_text())
    found = set()
    for entry in database:
        path = pathlib.Path(entry["directory"], entry["file"])
        if path.is_relative_to(root) and str(path.relative_to(root)).startswith(FOLDERS):
            found.add(path)
    return sorted(found)


def closure(path, root, known):
    """The file and our headers behind its includes."""
    if path in known:
        return
    known.add(path)
    for name in INCLUDE.findall(path.read_text(errors="replace")):
        header = root / name
        if header.is_file():
            closure(header, root, known)


def fingerprint(path, root, arguments):
    files = set()
    closure(path, root, files)
    digest = hashlib.sha256("\n".join(arguments).encode())
    for each in sorted(files):
        digest.update(each.read_bytes())
    return digest.hexdigest()


def tidy(path, build, arguments):
    done = subprocess.run([TIDY, "-p", str(build), "--quiet", *arguments, str(path)],
                          capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if re.search(r"(warning|error): ", line)]
    if done.returncode != 0 and not found:
        found = [f"{path}: {TIDY} failed: {(done.stderr or done.stdout).strip()[-300:]}"]
    return found


def quick_arguments():
    return ["--checks=-*," + ",".join(QUICK), "--warnings-as-errors=*"]


def check(paths, build, root, arguments, seconds, cache_path):
    """Returns (findings, files that were not reached)."""
    cache = set(json.loads(cache_path.read_text())) if cache_path.exists() else set()
    marks = {path: fingerprint(path, root, arguments) for path in paths}
    work = [path for path in paths if marks[path] not in cache]
    end = time.monotonic() + seconds
    findings, skipped = [], []

    def one(path):
        if time.monotonic() > end:
            return path, None
        return path, tidy(path, build, arguments)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, found in pool.map(one, work):
            if found is None:
                skipped.append(path)
            elif found:
                findings += found
            else:
                cache.add(marks[path])
    # Only marks of files as they are now are worth keeping.
    cache_path.write_text(json.dumps(sorted(cache & set(marks.values()))))
    print(f"{len(paths)} files: {len(paths) - len(work)} as before, "
          f"{len(work) - len(skipped)} checked, {len(skipped)} left for the next run")
    return findings, skipped


def report(findings):
    print("\n".join(sorted(set(findings))[:50]))
    return 1 if findings else 0


def quick(build, root, seconds="150"):
    paths = sources(build, root)
    coroutines = {path for path in paths if COROUTINE.search(path.read_text(errors="replace"))}
    paths.sort(key=lambda path: path not in coroutines)
    findings, skipped = check(paths, build, root, quick_arguments(), float(seconds),
                              build / "clang_tidy_quick.json")
    if findings:
        return report(findings)
    return 77 if coroutines & set(skipped) else 0


def full(build, root, *names):
    paths = [pathlib.Path(name).resolve() for name in names] or sources(build, root)
    findings, _ = check(paths, build, root, [], float("inf"), build / "clang_tidy_full.json")
    return report(findings)


GOOD = """
#include <boost/asio/awaitable.hpp>
boost::asio::awaitable<int> good(int x) { co_return x; }
"""
BAD = {
    "avoid-capturing-lambda-coroutines": """
#include <boost/asio/awaitable.hpp>
auto bad(int x) { return [x]() -> boost::asio::awaitable<int> { co_return x; }; }
""",
    "avoid-reference-coroutine-parameters": """
#include <boost/asio/awaitable.hpp>
#include <string>
boost::asio::awaitable<std::size_t> bad(const std::string& x) { co_return x.size(); }
""",
    "coroutine-hostile-raii": """
#include <boost/asio/awaitable.hpp>
#include <mutex>
std::mutex m;
boost::asio::awaitable<void> other();
boost::asio::awaitable<void> bad() { const std::lock_guard hold(m); co_await other(); }
""",
    "use-after-move": """
#include <string>
#include <utility>
std::size_t bad(std::string x) { const std::string y = std::move(x); return x.size() + y.size(); }
""",
    "string-constructor": """
#include <string_view>
constexpr const char* text = "ab";
std::string_view bad() { return std::string_view("ab", 20); }
""",
}


def self_test(build, root):
    """Runs with the flags of a real file of ours, without its precompiled header."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        texts = {"good": GOOD, **BAD}
        database = []
        for name, text in texts.items():
            (folder / f"{name}.cpp").write_text(text)
            database.append({"directory": str(folder), "file": str(folder / f"{name}.cpp"),
                             "command": f"clang++-19 -std=c++20 -c {folder}/{name}.cpp"})
        (folder / "compile_commands.json").write_text(json.dumps(database))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda n: (n, tidy(folder / f"{n}.cpp", folder, quick_arguments())), texts)
            for name, found in results:
                expected = [line for line in found if name in line and "error: " in line]
                if name == "good" and found:
                    wrong += ["a good file was refused:", *found]
                elif name != "good" and not expected:
                    wrong += [f"{name} was not noticed", *found]
    return report(wrong)


def main():
    command, build, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]).resolve()
    sys.exit({"quick": quick, "full": full, "self_test": self_test}[command](build, root, *sys.argv[4:]))


main()
