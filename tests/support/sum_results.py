"""Adds up JUnit files: prints what was skipped and why, and `N passed, N failed, N skipped` as the last line.

usage: sum_results.py DIRECTORY FAILED, where FAILED is 1 if some runner ended with an error.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def main():
    directory, runner_failed = pathlib.Path(sys.argv[1]), sys.argv[2] != "0"
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for file in sorted(directory.glob("*.xml")):
        for case in ElementTree.parse(file).getroot().iter("testcase"):
            result = outcome(case)
            counts[result] += 1
            if result == "failed":
                print(f"failed: {case.get('name')}")
    if runner_failed and counts["failed"] == 0:
        counts["failed"] = 1
        print("failed: a test runner ended with an error and named no test")
    if sum(counts.values()) == 0:
        counts["failed"] = 1
        print("failed: no test was run")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
