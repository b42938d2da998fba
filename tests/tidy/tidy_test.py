"""Each rule of tidy.py bites on a file that breaks it, and none on one that does not."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tidy  # noqa: E402

BREACHES = {
    "coordinator/scheduler/a.cpp": ("#include <mutex>\n", "no threads"),
    "shared/plan/b.cpp": ("auto t = std::chrono::steady_clock::now();\n", "no clock"),
    "shared/plan/c.cpp": ('#include "shared/oci/registry_client.hpp"\n', "an edge"),
    "shared/net/d.cpp": ("#include <capnp/message.h>\n", "only in shared/wire"),
    "agent/app/e.cpp": ('#include "coordinator/scheduler/scheduler.hpp"\n', "includes the coordinator"),
    "farmctl/commands/f.cpp": ('#include "agent/core/agent_machine.hpp"\n', "sees shared only"),
    "shared/log/g.cpp": ("int x = atoi(text);\n", "unsafe call"),
    "shared/log/h.cpp": ("// TO" + "DO: later\n", "a leftover"),
    "shared/log/i.cpp": ("int x;\n" * (tidy.LINES_MAX + 1), "over 400 lines"),
    "shared/log/j.cpp": ("int " + "x" * tidy.COLUMNS_MAX + ";\n", "longer than"),
    "shared/log/k.cpp": ("int x;", "no line end"),
    "shared/log/l.hpp": ("int x();\n", "no #pragma once"),
    "shared/log/m.hpp": ("#pragma once\nusing namespace std;\n", "opens a namespace"),
    "tests/unit/n_test.cpp": ("void f() { std::this_thread::sleep_for(t); }\n", "no sleeps"),
    "shared/log/o.cpp": ("int x;\n", "no CMakeLists.txt lists it"),
}


def found_in(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return list(tidy.problems(root))


def main():
    failures = 0
    for name, (text, expected) in BREACHES.items():
        problems = [problem for problem in found_in({name: text}) if problem.startswith(name) and expected in problem]
        if not problems:
            failures += 1
            print(f"tidy did not find '{expected}' in {name}")
    good = {
        "shared/plan/CMakeLists.txt": "farm_library(plan SOURCES good.cpp)\n",
        "shared/plan/good.hpp": "#pragma once\n#include <map>\n",
        "shared/plan/good.cpp": '#include "shared/plan/good.hpp"\n// The atoi( of old would not do; steady_clock neither.\nint x;\n',
    }
    for problem in found_in(good):
        failures += 1
        print(f"tidy complains without cause: {problem}")
    print(f"tidy_test: {len(BREACHES) + 1} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
