#!/usr/bin/env python3
"""Runs the scripts *.test of this folder against real servers: README.md says how to write one.

    run.py [--only plain,restart,crash] [--update] [script ...]

Every script runs several times: plain; with a restart after each step; with a kill -9 after each step. What was
acknowledged must be there each time. --update writes what came back into the scripts' expectations (plain run).
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import match  # noqa: E402
import script  # noqa: E402
import steps  # noqa: E402
from tripod_server import POLL_SECONDS, Server  # noqa: E402

CONFIGURATIONS = ("plain", "restart", "crash")
AWAIT_SECONDS = 15.0
CHANGES_SERVER = {"restart", "crash", "config"}


class Run:
    """One script on one server of its own."""

    def __init__(self, path, configuration, update=False):
        self.path = path
        self.configuration = configuration
        self.update = update
        self.names = script.Names(time.time_ns() // 1_000_000 * 1_000_000)
        self.targets = {}
        self.server = None
        self.rewritten = {}  # block line -> (block, new body)

    def execute(self):
        """None, or what failed."""
        text = self.path.read_text(encoding="utf-8")
        try:
            if failed := self.play(script.parse(text)):
                return failed
        except Exception:  # also what goes wrong between the steps belongs to this script, not to all
            return traceback.format_exc()
        if self.rewritten:
            self.path.write_text(rewrite(text, self.rewritten), encoding="utf-8")
        return None

    def play(self, parsed):
        with Server() as self.server:
            try:
                return match.first(self.checked_step(step) for step in self.steps_of(parsed))
            finally:
                for page in self.targets.values():
                    page.close()

    def steps_of(self, parsed):
        """Up to an `only CONFIGURATION` that is not this one."""
        for step in parsed:
            if step.action.word != "only":
                yield step
            elif step.action.rest != self.configuration:
                return

    def checked_step(self, step):
        where = f"{self.path.name}:{step.action.line}: {step.action.word} {step.action.rest}"
        try:
            found = self.step(step)
        except Exception:  # whatever a step raises, its script and line are what the reader needs first
            found = traceback.format_exc(limit=-3) + "\n" + self.server.tail(10)
        return f"{where}\n    {found}" if found else None

    def step(self, step):
        word, rest = step.action.word, step.action.rest
        patient = word == "await"
        if patient:
            word, _, rest = rest.partition(" ")
        if word not in steps.STEPS:
            return f"unknown step {word!r}: {', '.join(steps.STEPS)}"
        before = self.rejections()
        deadline = time.monotonic() + AWAIT_SECONDS
        while True:
            body = [self.names.render(line) for line in step.action.body]
            outcome = steps.STEPS[word](self, self.names.render(rest), body)
            found = self.check_answers(step, outcome)
            if not (found and patient and time.monotonic() < deadline):
                break
            time.sleep(POLL_SECONDS)
        if word in CHANGES_SERVER:
            return found
        if not found and word == "ingest":
            found = self.check_rejections(step, before) or self.check_received(step)
        if not found and self.configuration != "plain":
            self.server.crash() if self.configuration == "crash" else self.server.restart()
        return found

    # -- checks -------------------------------------------------------------------------------------------------------

    def check_answers(self, step, outcome):
        blocks = [check for check in step.checks if check.word == "answer"]
        if outcome is None:
            return "this step has no answer" if blocks else None
        if not blocks:
            good = outcome.status == 0 or 200 <= outcome.status < 300
            return None if good else f"status {outcome.status}: {json.dumps(outcome.value)[:500]}"
        return match.first(self.check_answer(block, outcome) for block in blocks)

    def check_answer(self, block, outcome):
        words = block.rest.split()
        status = words.pop(0) if words and words[0].isdigit() else None
        if status and int(status) != outcome.status:
            return f"line {block.line}: status {outcome.status}, expected {status}: {json.dumps(outcome.value)[:500]}"
        if words == ["nothing"]:
            return f"line {block.line}: expected nothing, got {outcome.value!r:.500}" if outcome.value else None
        if not block.body and not self.update:
            return None if status else f"line {block.line}: an answer of nothing says nothing"
        expected = self.expectation(block, outcome.value)
        found = match.mismatch(expected, outcome.value, self.names)
        if found and self.update:
            self.rewritten[block.line] = (block, written(match.updated(expected, outcome.value, self.names)))
            return None
        return found and f"line {block.line}: {found}"

    def expectation(self, block, value):
        """As the answer is: lines of text, a list with one element a line, or one JSON value."""
        lines = [self.names.render(line) for line in block.body]
        if not lines:
            return None
        if is_text(value):
            return lines
        try:
            whole = json.loads("\n".join(lines))
        except ValueError:
            if value == []:  # nothing there yet: the lines may be text or JSON
                return lines
            whole = [json.loads(line) for line in lines]
        return [whole] if isinstance(value, list) and not isinstance(whole, list) else whole

    def rejections(self):
        if self.server.process is None:
            return {}
        totals = self.server.get_json("/api/app/rejected")["totals"]
        return {(t["protocol"], t["reason"]): t["count"] for t in totals}

    def check_received(self, step):
        """received PROTOCOL ITEM KEPT COUNT: what this life of the server has counted."""
        counts = {(c["protocol"], c["item"].replace(" ", "_"), c["kept"]): c["count"] for c in self.server.status()["received"]}
        for check in [c for c in step.checks if c.word == "received"]:
            protocol, item, kept, count = check.rest.split()
            if counts.get((protocol, item, kept == "true")) != int(count):
                return f"line {check.line}: the server counts {counts}"
        return None

    def check_rejections(self, step, before):
        """Each rejection must be expected: `rejected PROTOCOL REASON COUNT [part of its detail]`."""
        after = self.rejections()
        new = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)}
        for check in [c for c in step.checks if c.word == "rejected"]:
            protocol, reason, count, *detail = check.rest.split(" ", 3)
            if new.pop((protocol, reason), 0) != int(count):
                return f"line {check.line}: not rejected {count} times; the list says {after}"
            items = [i for i in self.server.rejected() if (i["protocol"], i["reason"]) == (protocol, reason)]
            if detail and not any(self.names.render(detail[0]) in item["detail"] for item in items):
                return f"line {check.line}: no rejection says {detail[0]!r}: {items}"
        return f"rejected without being expected: {new}: {self.server.rejected()[:3]}" if new else None


def is_text(value):
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def written(value):
    """Lines of an expectation."""
    if is_text(value):
        return value
    if isinstance(value, list) and value:
        return [json.dumps(one, ensure_ascii=False) for one in value]
    return json.dumps(value, indent=2, ensure_ascii=False).split("\n")


def rewrite(text, rewritten):
    lines = text.split("\n")
    for line in sorted(rewritten, reverse=True):
        block, body = rewritten[line]
        lines[line : line + len(block.body)] = ["  " + one for one in body]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", nargs="*", type=pathlib.Path, help="default: all of them")
    parser.add_argument("--only", default=",".join(CONFIGURATIONS), help="configurations, separated by commas")
    parser.add_argument("--update", action="store_true", help="rewrite the expectations from the answers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    paths = [path.resolve() for path in options.scripts] or sorted(HERE.glob("*.test"))
    configurations = ["plain"] if options.update else options.only.split(",")
    if odd := set(configurations) - set(CONFIGURATIONS):
        parser.error(f"unknown configuration {', '.join(odd)}")
    jobs = [(path, configuration) for configuration in configurations for path in paths]
    failures = 0
    started = time.monotonic()

    def work(job):
        return Run(*job, options.update).execute()

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (path, configuration), failed in zip(jobs, pool.map(work, jobs), strict=True):
            print(f"{'failed' if failed else 'passed'}  {configuration:8} {path.name}", flush=True)
            if failed:
                failures += 1
                print("  " + failed.replace("\n", "\n  "), flush=True)
    print(f"scripts took {time.monotonic() - started:.1f} s\n{len(jobs) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
