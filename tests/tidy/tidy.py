#!/usr/bin/env python3
"""Checks the house's rules over the repository; prints TAP. One argument, a check's name, runs that one alone."""

import pathlib
import sys

import checks
from source import Tree
import tidy_test

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    tree = Tree.of_repository(ROOT)
    failed = False
    for name, problem in tidy_test.run():
        failed |= bool(problem)
        print(f"{'not ok' if problem else 'ok'} - tidy notices: {name}" + (f"\n# {problem}" if problem else ""))
    for check in checks.CHECKS:
        if len(sys.argv) > 1 and check.__name__ not in sys.argv[1:]:
            continue
        findings = list(check(tree))
        failed |= bool(findings)
        print(f"{'not ok' if findings else 'ok'} - {check.__name__.replace('_', ' ')}")
        for finding in findings:
            print(f"# {finding}")
            print(finding, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
