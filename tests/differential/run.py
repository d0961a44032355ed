#!/usr/bin/env python3
"""Random queries to Debian's Prometheus and to Tripod over the same data: run.py [--seed N] [--queries N] [QUERY ...]

The program under test is $TRIPOD_BIN or build/release/tripod. A seed decides the data and all queries. With QUERY only these are
asked, and both answers are shown. What differs only because Prometheus 2.42 is older is known (known.py) and counted apart.
"""

import argparse
import json
import pathlib
import random
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import compare  # noqa: E402
import data  # noqa: E402
import known  # noqa: E402
import peer  # noqa: E402
import queries  # noqa: E402
import wire  # noqa: E402
from tripod_server import Server  # noqa: E402

BATCH = 5000
STALE = struct.unpack("<d", struct.pack("<Q", data.STALE))[0]
SHOWN = 3  # differences of one query


def write(series, *clients):
    """In the order of time: an older sample is refused by the older version."""
    flat = [(at, n, STALE if value == "stale" else float(value)) for n, (_, points) in enumerate(series) for at, value in points]
    flat.sort(key=lambda one: one[:2])
    for start in range(0, len(flat), BATCH):
        grouped = {}
        for at, n, value in flat[start : start + BATCH]:
            grouped.setdefault(n, []).append({"value": value, "timestamp": at})
        request = {
            "timeseries": [
                {"labels": [{"name": k, "value": v} for k, v in sorted(series[n][0].items())], "samples": points}
                for n, points in grouped.items()
            ]
        }
        body = wire.snappy(wire.encode("WriteRequest", request))
        for client in clients:
            answer = client.post("/api/v1/write", body, "application/x-protobuf", content_encoding="snappy")
            if not answer.ok:
                raise SystemExit(f"remote write: {answer.status} {answer.text}")
    return len(flat)


def ask(client, path, parameters):
    answer = client.get(path, **parameters).json()
    return answer.get("data"), answer.get("error")


def question(rng, generator):
    """(path, parameters) of one random query."""
    expression = generator.expression()
    if rng.random() < 0.5:
        return "/api/v1/query", {"query": expression, "time": generator.time()}
    start = generator.time()
    step = rng.choice((10, 30, 60, 300))
    return "/api/v1/query_range", {"query": expression, "start": start, "end": start + step * rng.randrange(1, 40), "step": step}


def ours(parameters):
    """The same question in today's words."""
    return parameters | {"query": parameters["query"].replace("holt_winters(", "double_exponential_smoothing(")}


class Tally:
    def __init__(self):
        self.same = self.refused = self.rounding = 0
        self.known = {}
        self.different = []

    def judge(self, asked, there, here):
        (wanted, wanted_error), (got, got_error) = there, here
        if wanted_error and got_error:
            self.refused += 1
            return
        if wanted_error or got_error:
            found = [f"there: {wanted_error or 'an answer'}", f"here: {got_error or 'an answer'}"]
        else:
            found = compare.differences(wanted, got)
            if not found:
                self.same += 1
                return
            if not compare.differences(wanted, got, relative=1e-9, absolute=1e-9):
                self.rounding += 1
                return
        reason = known.explain(asked["query"], wanted_error, got_error, found)
        if reason:
            self.known[reason] = self.known.get(reason, 0) + 1
            return
        self.different.append((asked, found))
        print(json.dumps(asked))
        for line in found[:SHOWN]:
            print(f"    {line}")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--base", type=int, help="the data's first second; now less five hours")
    parser.add_argument("query", nargs="*")
    arguments = parser.parse_args()
    base = (arguments.base or int(time.time()) - 5 * 3600) // 3600 * 3600
    rng = random.Random(arguments.seed)
    with peer.Prometheus() as prometheus, Server() as tripod:
        reader, writer = tripod.read_client(), tripod.ingest_client()
        count = write(data.series(arguments.seed, base * 1000), prometheus.client, writer)
        print(f"Prometheus {prometheus.version()}, seed {arguments.seed}, --base {base}: {count} samples")
        generator = queries.Queries(rng, base, data.SECONDS)
        tally = Tally()
        for query in arguments.query:
            asked = {"query": query, "time": base + data.SECONDS // 2 + 7}
            for name, client, parameters in (("there", prometheus.client, asked), ("here", reader, ours(asked))):
                print(name, json.dumps(ask(client, "/api/v1/query", parameters))[:2000])
        for _ in range(0 if arguments.query else arguments.queries):
            path, asked = question(rng, generator)
            tally.judge(asked, ask(prometheus.client, path, asked), ask(reader, path, ours(asked)))
    if not arguments.query:
        print(
            f"{tally.same} the same to {compare.RELATIVE:g}, {tally.rounding} to 1e-9, {tally.refused} refused by both, "
            f"{len(tally.different)} different; known: {tally.known}"
        )
    return 1 if tally.different else 0


if __name__ == "__main__":
    sys.exit(main())
