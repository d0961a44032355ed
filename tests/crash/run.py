#!/usr/bin/env python3
"""Kills the server at random moments under load over all four signals: what was acknowledged must be found.

    run.py [--kills 50] [--seed N] [--keep FOLDER]

After each start, what was acknowledged in the life before is looked for: nothing may be missing, nothing may be there
twice, nothing may be there that was never sent. At the end everything is looked for again, and each issue must count
exactly the events stored of it. Some kills come while the server is still reading its logs back.
"""

import argparse
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import venv_of_tests  # noqa: E402

venv_of_tests.ensure()  # grpcio

from tripod_server import Server, wait_for  # noqa: E402
from writers import all_writers  # noqa: E402

LIFE_SECONDS = (0.0, 0.8)  # of load before a kill
RECOVERY_KILL_SHARE = 0.2  # of the kills that are followed by one during recovery
RECOVERY_SECONDS = (0.0, 0.15)


class Crashes:
    def __init__(self, server, seed):
        self.server = server
        self.rng = random.Random(seed)
        self.writers = all_writers(server, seed)
        self.start_seconds = []
        self.recovery_kills = 0

    def run(self, kills):
        for writer in self.writers:
            writer.start()
        for life in range(kills):
            for writer in self.writers:
                writer.resume(life)
            time.sleep(self.rng.uniform(*LIFE_SECONDS))  # the random moment itself, not a wait for something
            self.server.kill()
            self.pause()
            if self.rng.random() < RECOVERY_KILL_SHARE:
                self.kill_recovery()
            started = time.monotonic()
            self.server.start()
            self.start_seconds.append(time.monotonic() - started)
            self.check(life)
        for life in range(kills):
            self.check(life)
        for writer in self.writers:
            writer.finish()
        self.check_issues()

    def pause(self):
        for writer in self.writers:
            writer.pause()
        for writer in self.writers:
            if writer.error:
                raise writer.error

    def kill_recovery(self):
        """A server that is killed again before it has said that it listens."""
        self.server.spawn()
        time.sleep(self.rng.uniform(*RECOVERY_SECONDS))
        self.server.kill()
        self.recovery_kills += 1

    def check(self, life):
        for writer in self.writers:
            found = writer.stored(life)
            stored = set(found)
            missing = writer.acknowledged[life] - stored
            assert not missing, f"life {life}: {len(missing)} acknowledged {writer.name} are gone: {sorted(missing)[:5]}"
            assert len(found) == len(stored), f"life {life}: {len(found) - len(stored)} {writer.name} are there twice"
            strange = stored - writer.acknowledged[life] - writer.unknown[life]
            assert not strange, f"life {life}: {writer.name} were never sent: {sorted(strange)[:5]}"

    def check_issues(self):
        issues = wait_for("issues", self.server.issues)
        stored = 0
        for issue in issues:
            events = self.server.count(f"issue.id:{issue['id']}", dataset="errors")
            assert issue["count"] == events, f"issue {issue['short_id']} counts {issue['count']}, stored are {events}"
            stored += events
        total = self.server.count("", dataset="errors")
        assert stored == total, f"{total} events are stored, issues count {stored}"

    def figures(self):
        acknowledged = {w.name: sum(map(len, w.acknowledged.values())) for w in self.writers}
        unknown = sum(len(keys) for w in self.writers for keys in w.unknown.values())
        sent = ", ".join(f"{count} {name}" for name, count in acknowledged.items())
        return (
            f"crash: {len(self.start_seconds)} kills under load and {self.recovery_kills} during recovery; acknowledged {sent}: "
            f"all found, none twice; {unknown} unanswered; slowest start {max(self.start_seconds):.2f} s"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for data and log, kept; default: a temporary one")
    options = parser.parse_args()
    started = time.monotonic()
    with Server(options.keep) as server:
        crashes = Crashes(server, options.seed)
        try:
            crashes.run(options.kills)
        except AssertionError as error:
            print(f"crash: failed (seed {options.seed}, after {len(crashes.start_seconds)} kills): {error}\n{server.tail()}")
            print("0 passed, 1 failed")
            return 1
    print(f"{crashes.figures()}; {time.monotonic() - started:.0f} s\n1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
