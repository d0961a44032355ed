"""The npm packages that only some tests need, in build/test/node: what tests/e2e/node/package-lock.json pins."""

import fcntl
import hashlib
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
WANTED = ROOT / "tests" / "e2e" / "node"
FOLDER = ROOT / "build" / "test" / "node"


def program(name):
    """The path of a package's program, installed where that is not done yet. Scripts of packages do not run."""
    files = [WANTED / "package.json", WANTED / "package-lock.json"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = FOLDER / "installed"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
            for file in files:
                shutil.copy(file, FOLDER)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER, check=True)
            stamp.write_text(wanted, encoding="ascii")
    return FOLDER / "node_modules" / ".bin" / name
