#!/usr/bin/env python3
"""Rules of the house that a compiler does not know. tidy.py order|words|functions|format ROOT"""
import pathlib
import re
import subprocess
import sys

LAYERS = ["core", "store", "net", "connectors", "app"]
EVERYWHERE = LAYERS + ["tests", "fuzz", "bench"]
BANNED = {
    r"asio::detached": "spawn it in a task_scope",
    r"awaitable_operators": "with_timeout, or a parallel_group with wait_for_one",
    r"experimental/(concurrent_)?channel": "a deque and a timer (its close() drops items)",
    r"atomic_thread_fence": "ordered atomics: TSan does not model fences",
    r"std::regex": "glob, or a plain parser",
    r"using namespace std;": "name what you use",
}
BANNED_IN = {"store": {r"(steady|system)_clock::now": "take `now` as a parameter"}}
FUNCTION_LINES = 60


def files(root, folders, suffixes=(".hpp", ".cpp")):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes:
                yield path


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def order(root):
    """A file includes its own folder and folders to the left only, and before all its own header."""
    for path in files(root, LAYERS):
        yield from own_header_first(path, root)
        layer = path.relative_to(root).parts[0]
        allowed = LAYERS[: LAYERS.index(layer) + 1]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'#include "([a-z_]+)/', line)
            if match and match.group(1) in LAYERS and match.group(1) not in allowed:
                yield f"{path.relative_to(root)}:{number}: {layer} must not include {match.group(1)}"
        if path.suffix == ".hpp" and "#pragma once" not in path.read_text()[:200]:
            yield f"{path.relative_to(root)}:1: a header starts with #pragma once"


def own_header_first(path, root):
    """So each header that has a source compiles alone: headers_alone covers the others."""
    header = path.with_suffix(".hpp")
    if path.suffix != ".cpp" or not header.exists():
        return
    first = re.search(r'^#include (.*)$', path.read_text(), flags=re.M)
    if not first or first.group(1) != f'"{header.relative_to(root)}"':
        yield f"{path.relative_to(root)}:1: its first include must be \"{header.relative_to(root)}\""


def words(root):
    for path in files(root, EVERYWHERE):
        layer = path.relative_to(root).parts[0]
        rules = {**BANNED, **BANNED_IN.get(layer, {})}
        for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
            for pattern, instead in rules.items():
                if re.search(pattern, line):
                    yield f"{path.relative_to(root)}:{number}: {pattern} is banned; instead: {instead}"


def without_literals(text):
    """Text in a program is not code: a raw string counts as one line."""
    text = re.sub(r'R"(\w*)\((.*?)\)\1"', '""', text, flags=re.S)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"'(\\.|[^'\\\n])'", "' '", text)


def functions(root):
    """A function fits on a screen: from the line that opens its body to the brace that closes it."""
    opening = re.compile(r"\)[^;=()]*\{$")
    not_a_function = re.compile(r"^\s*\}?\s*(if|for|while|switch|else|namespace|class|struct|enum|do|try|catch)\b")
    for path in files(root, LAYERS):
        lines = without_comments(without_literals(path.read_text())).splitlines()
        for start, line in enumerate(lines):
            if not opening.search(line) or not_a_function.match(line):
                continue
            depth = 0
            for end in range(start, len(lines)):
                depth += lines[end].count("{") - lines[end].count("}") if end > start else 1
                if depth <= 0:
                    break
            if end - start + 1 > FUNCTION_LINES:
                yield (f"{path.relative_to(root)}: {end - start + 1} lines, "
                       f"more than {FUNCTION_LINES}: {line.strip()[:60]}")


def format(root):
    paths = [str(p) for p in files(root, EVERYWHERE)]
    done = subprocess.run(["clang-format-19", "--dry-run", *paths], capture_output=True, text=True)
    for line in done.stderr.splitlines():
        if "warning:" in line:
            yield line


def main():
    check, root = sys.argv[1], pathlib.Path(sys.argv[2])
    found = list(globals()[check](root))
    print("\n".join(found[:50]))
    sys.exit(1 if found else 0)


main()
