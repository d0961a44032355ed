"""What bench/run's large sets share: sending one, waiting for rest, and asking questions of it through the HTTP API."""

import json
import statistics
import subprocess
import time

from tripod_server import DSN_KEY, wait_for

ANSWERS = 7  # of each question, after one that does not count
IDLE_SHARE = 0.03  # of a core: the background work is done


class Question:
    """`parameters` of one GET; `found` makes something short of the answer's body, so that a wrong one is seen.

    `moves`: each time it is asked of a time a second later, so that nothing of the answer before can be used; how long the very same
    question takes is measured beside it.
    """

    def __init__(self, name, target_ms, path, parameters, found, moves=False):
        self.name, self.target_ms, self.path, self.parameters, self.found, self.moves = name, target_ms, path, parameters, found, moves

    def ask(self, server, seconds_later=0):
        """(milliseconds, what was found)"""
        parameters = dict(self.parameters)
        for end in ("start", "end") if seconds_later else ():
            parameters[end] += seconds_later
        begun = time.perf_counter()
        answer = server.get(self.path, **parameters)
        took = (time.perf_counter() - begun) * 1000
        return took, self.found(answer.json()) if answer.status == 200 else f"{answer.status} {answer.text[:200]}"

    def measure(self, server):
        # Many answers where one is shorter than what CPU time is counted in.
        wanted = ANSWERS if self.target_ms is None or self.target_ms > 10 else 15 * ANSWERS
        self.ask(server)
        cpu = server.cpu_seconds()
        answers = [self.ask(server, 1 + n if self.moves else 0) for n in range(wanted)]
        cpu = server.cpu_seconds() - cpu
        times = [took for took, _ in answers]
        out = {"name": self.name, "target_ms": self.target_ms, "median_ms": statistics.median(times), "max_ms": max(times), "cpu_ms": cpu / wanted * 1000}
        if self.moves:
            answers = [self.ask(server) for _ in range(ANSWERS)]
            out["again_ms"] = statistics.median(took for took, _ in answers)
        found = {str(f) for _, f in answers}
        return out | {"found": found.pop() if len(found) == 1 else f"answers differ: {sorted(found)}"}


def ask_all(server, questions, only=None):
    return [question.measure(server) for question in questions if not only or only in question.name]


def lines_of(asked, title=""):
    """A table of what ask_all() gave."""
    width = max([len(title), *(len(q["name"]) for q in asked)])
    out = [f"{title:{width}} {'median ms':>10} {'max ms':>9} {'cpu ms':>8} {'again ms':>9} {'wanted':>8}  found"]
    for q in asked:
        wanted = "-" if q["target_ms"] is None else q["target_ms"]
        again = f"{q['again_ms']:.2f}" if "again_ms" in q else "-"
        out.append(f"{q['name']:{width}} {q['median_ms']:>10.2f} {q['max_ms']:>9.2f} {q['cpu_ms']:>8.2f} {again:>9} {wanted:>8}  {q['found']}")
    return out


def send(server, load, name, count, options, facts):
    """Sends `count` of what the load program calls `name`; what it took goes to `facts`."""
    command = [load, name, "--address", server.addresses["http"], "--key", DSN_KEY, "--lines", str(count)]
    command += ["--end", str(facts["end_ns"]), "--seconds", "36000", "--connections", str(options.connections)]
    cpu_at_start = server.cpu_seconds()
    sent = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    facts.update(
        units=sent["units"],
        raw_bytes=sent["raw_bytes"],
        seconds=sent["seconds"],
        ack_p50_ms=sent["p50_ms"],
        ack_p99_ms=sent["p99_ms"],
        cpu_of_load=server.cpu_seconds() - cpu_at_start,
    )
    settle(server)
    facts["cpu_until_rest"] = server.cpu_seconds() - cpu_at_start
    facts["peak_rss_bytes"] = server.peak_rss_bytes()


def settle(server, seconds=600):
    """Returns when merges and flushes have come to rest."""

    def idle():
        before, cpu = time.monotonic(), server.cpu_seconds()
        time.sleep(4)
        return server.cpu_seconds() - cpu < IDLE_SHARE * (time.monotonic() - before)

    wait_for("the background work to end", idle, seconds)


def bytes_and_number(files):
    files = [f for f in files if f.is_file()]
    return sum(f.stat().st_size for f in files), len(files)
