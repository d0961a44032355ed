"""The Python packages that only some tests need, in a virtual environment of their own: build/test/venv.

Call ensure() first thing in a runner: it installs what tests/e2e/requirements.txt pins where that is not done yet, and
starts the runner again inside. Everything else in tests/ needs the standard library alone.
"""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "test" / "venv"
REQUIREMENTS = ROOT / "tests" / "e2e" / "requirements.txt"


def ensure():
    if pathlib.Path(sys.prefix) == VENV:
        return
    install()
    python = str(VENV / "bin" / "python")
    os.execv(python, [python, *sys.argv])


def install():
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / "installed"
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with open(VENV.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        print(f"installing the tests' Python packages into {VENV.relative_to(ROOT)}", flush=True)
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", VENV], check=True)
        pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted, encoding="ascii")
