#!/usr/bin/env python3
"""Counts single test cases in what a runner printed or wrote; prints "PASSED FAILED", failing cases on standard error.

usage: counts.py gtest FOLDER JUNIT.xml    GoogleTest's JSON files in FOLDER, and CTest's own verdict on each binary
       counts.py vitest FILE.json          Vitest's JSON report
       counts.py text LOG                  "N passed, N failed", TAP, or unittest's report, whichever the log holds
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree

SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
TAP = re.compile(r"^(not ok|ok)\b(?: \d+)?(?: - )?(.*)$", re.MULTILINE)  # top level only: subtests are indented
UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
UNITTEST_FAILED = re.compile(r"^(?:FAIL|ERROR): (.*)$", re.MULTILINE)


def gtest(folder, junit):
    """(passed, failures): a binary that CTest saw fail without a failing case of its own (a sanitizer, a crash) is one."""
    passed, failures = 0, []
    with_failing_case, seen = set(), set()
    for file in sorted(pathlib.Path(folder).glob("*.json")):
        binary = re.sub(r"_test(_\d+)?$", "", file.stem)
        seen.add(binary)
        for suite in json.loads(file.read_text())["testsuites"]:
            for case in suite["testsuite"]:
                if case.get("failures"):
                    failures.append(f"{suite['name']}.{case['name']}")
                    with_failing_case.add(binary)
                elif case.get("result") == "COMPLETED":
                    passed += 1
    for case in xml.etree.ElementTree.parse(junit).getroot().iter("testcase"):
        name, status = case.get("name"), case.get("status")
        if status != "run" and name not in with_failing_case:
            failures.append(f"{name} (the whole binary: {status})")
        elif name not in seen and status == "run":
            passed += 1  # a test of CTest's that is no GoogleTest binary
    return passed, failures


def vitest(file):
    report = json.loads(pathlib.Path(file).read_text())
    failures = []
    for suite in report["testResults"]:
        failing = [c["fullName"] for c in suite["assertionResults"] if c["status"] == "failed"]
        if suite["status"] == "failed" and not failing:
            failing = [suite["name"] + " (the whole file)"]
        failures += failing
    return report["numPassedTests"], failures


def text(file):
    log = pathlib.Path(file).read_text(errors="replace")
    if summaries := SUMMARY.findall(log):
        passed, failed = summaries[-1]
        return int(passed), [f"{file}: {failed} failed"] * int(failed)
    if runs := UNITTEST.findall(log):
        failures = UNITTEST_FAILED.findall(log)
        return sum(map(int, runs)) - len(failures), failures
    if cases := [c for c in TAP.findall(log) if not re.search(r"# skip\b", c[1], re.IGNORECASE)]:
        return sum(c[0] == "ok" for c in cases), [c[1] for c in cases if c[0] != "ok"]
    return 0, [f"{file}: holds no results"]


def main():
    kinds = {"gtest": gtest, "vitest": vitest, "text": text}
    if len(sys.argv) < 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    passed, failures = kinds[sys.argv[1]](*sys.argv[2:])
    for name in dict.fromkeys(failures):
        print(f"  FAILED {name}", file=sys.stderr)
    print(passed, len(failures))


if __name__ == "__main__":
    main()
