#!/usr/bin/env python3
"""End-to-end tests against real servers: run.py [name ...]

Names are those of the files without "test_" (bad_input, security, shop), or unittest's own (bad_input.SentryTest.test_oversize).
The program under test is $TRIPOD_BIN or build/release/tripod.
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import venv_of_tests  # noqa: E402


def main():
    venv_of_tests.ensure()
    names = [f"test_{name}" for name in sys.argv[1:]] or sorted(path.stem for path in HERE.glob("test_*.py"))
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
