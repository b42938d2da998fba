"""Rules that no compiler checks: layering, lengths, banned calls, leftovers, dead files. Prints each breach as file:line: what.

usage: tidy.py [ROOT]   (tidy_test.py proves that each rule bites)
"""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 400
COLUMNS_MAX = 140
CODE = (".cpp", ".hpp", ".py", ".sh", ".capnp", ".cmake")
PURE = (
    "shared/base", "shared/hash", "shared/model", "shared/compose", "shared/dockerfile", "shared/cargo", "shared/context", "shared/plan",
    "shared/protocol", "shared/json", "shared/history", "coordinator/scheduler", "coordinator/admission", "coordinator/upkeep", "agent/core", "farmctl/render", "farmctl/scaffold",
    "farmctl/doctor",
)
# Third-party headers, and the only folders that may see them.
THIRD_PARTY = {
    r"capnp/|kj/": ("shared/wire",),
    r"zmq": ("shared/net",),
    r"yaml-cpp/": ("shared/compose", "shared/config"),
    r"toml\+\+/|toml\.hpp": ("shared/cargo",),
    r"curl/": ("shared/oci",),
    r"rocksdb/": ("coordinator/store",),
    r"prometheus/": ("shared/metrics",),
    r"openssl/": ("shared/hash",),
    r"archive\.h|archive_entry\.h|zstd\.h": ("shared/archive", "coordinator/store"),
    r"httplib\.h": ("shared/http",),
    r"spdlog/": ("shared/log",),
    r"CLI/": ("farmctl",),
}
PURE_BANS = {
    r"#include <(thread|mutex|condition_variable|fstream|filesystem|random|unistd\.h|sys/.*|future)>": "no threads, files, sockets or randomness in pure code",
    r"(steady_clock|system_clock|high_resolution_clock)\b": "no clock in pure code: time is an argument",
    r"\bgetenv\b": "no environment in pure code: it is an argument",
    r"\bstd::unordered_": "ordered containers only in pure code: iteration order is behaviour",
}
BANS = {
    r"(?<![.>:\w])(strcpy|strcat|sprintf|gets|atoi|atol)\s*\(": "unsafe call",
    r"#pragma GCC diagnostic ignored": "mend the warning",
}
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'#include [<"]([^>"]+)[>"]')


def tracked(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.splitlines() if (root / name).is_file()]
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


def folder_of(name):
    return name.rsplit("/", 1)[0] if "/" in name else ""


def within(folder, places):
    return any(folder == place or folder.startswith(place + "/") for place in places)


def check_include(name, folder, target):
    if name.startswith("tests/"):
        return None
    for pattern, places in THIRD_PARTY.items():
        if re.match(pattern, target) and not within(folder, places):
            return f"{target} may be included only in {', '.join(places)}"
    if within(folder, PURE) and re.match(r"(shared/(wire|net|oci|log|config|http|archive|snapshot)|coordinator/(store|net|http|metrics|app)|agent/(exec|build|workspace|metrics|net|app)|farmctl/(client|commands|local|probe))/", target):
        if not target.startswith("shared/oci/image_ref"):  # names of images are pure text
            return f"pure code includes {target}, an edge"
    if folder.startswith("coordinator") and target.startswith("agent/"):
        return "the coordinator includes the agent"
    if folder.startswith("agent") and target.startswith("coordinator/"):
        return "the agent includes the coordinator"
    if folder.startswith("farmctl") and target.startswith(("agent/", "coordinator/")):
        return "farmctl sees shared only"
    if folder.startswith("shared") and target.startswith(("agent/", "coordinator/", "farmctl/")):
        return "shared includes a program's folder"
    return None


def check_line(name, folder, line):
    if LEFTOVERS.search(line) and not name.startswith("tests/tidy/"):
        yield "a leftover: do it, or write it in the issue's note"
    if len(line) > COLUMNS_MAX and not name.endswith((".sh", ".py")):
        yield f"longer than {COLUMNS_MAX} columns"
    if not name.endswith((".cpp", ".hpp")):
        return
    code = line.split("//")[0]
    include = INCLUDE.match(line)
    if include:
        problem = check_include(name, folder, include.group(1))
        if problem:
            yield problem
    for pattern, why in BANS.items():
        if re.search(pattern, code):
            yield why
    if within(folder, PURE):
        for pattern, why in PURE_BANS.items():
            if re.search(pattern, code):
                yield why
    if name.endswith(".hpp") and re.search(r"\busing namespace\b", code):
        yield "a header opens a namespace for everybody"
    if name.startswith("tests/") and re.search(r"sleep_for|\busleep\(|\bsleep\(", code):
        yield "no sleeps in tests: wait for what is meant"


def check_file(root, name):
    text = (root / name).read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    folder = folder_of(name)
    if len(lines) > LINES_MAX:
        yield f"{name}:{len(lines)}: over {LINES_MAX} lines: split it by idea"
    if text and not text.endswith("\n"):
        yield f"{name}:{len(lines)}: no line end at the end"
    for number, line in enumerate(lines, 1):
        for problem in check_line(name, folder, line):
            yield f"{name}:{number}: {problem}"
    if name.endswith(".hpp") and not name.startswith("tests/") and "#pragma once" not in text:
        yield f"{name}:1: no #pragma once"


def dead_files(root, names):
    """A .cpp that no CMakeLists.txt lists is built by nobody."""
    for name in names:
        if not name.endswith(".cpp"):
            continue
        folder = pathlib.Path(name).parent
        listed = False
        for parent in [folder, *folder.parents]:
            lists = root / parent / "CMakeLists.txt"
            if lists.exists() and pathlib.Path(name).stem.removeprefix("fuzz_") in lists.read_text():
                listed = True
                break
        if not listed:
            yield f"{name}:1: no CMakeLists.txt lists it"


def undescribed_folders(root, names):
    """Each code folder has an entry in ARCHITECTURE.md."""
    architecture = root / "ARCHITECTURE.md"
    if not architecture.exists():
        return
    text = architecture.read_text()
    for folder in sorted({folder_of(name) for name in names if name.endswith((".cpp", ".hpp")) and not name.startswith(("tests/", "examples/"))}):
        if f"`{folder}" not in text and f"`{folder.split('/')[0]}/" not in text:
            yield f"ARCHITECTURE.md:1: no entry for {folder}"


def problems(root):
    names = [name for name in tracked(root) if name.endswith(CODE) or name.endswith("CMakeLists.txt") or name == ".ci/run"]
    for name in names:
        yield from check_file(root, name)
    yield from dead_files(root, names)
    yield from undescribed_folders(root, names)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(problems(root))
    for problem in found:
        print(problem)
    print(f"tidy: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
