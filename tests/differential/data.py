"""Random series, the same for every run with the same seed.

Made so that two engines of different versions of Prometheus may be compared: no sample lies on a whole second (a range's open or
closed end never matters), numbers are multiples of 1/8 (sums of them are exact in any order), and a counter that begins or falls
stands either below its own step or far above what a window adds (how far it is stretched to zero never matters).
"""

import math
import random

SECONDS = 2 * 3600  # of data
STEP = 15
STALE = 0x7FF0000000000002


def counter(rng, level):
    """Rises by multiples of 1/8, falls now and then, never below `level`."""
    value = level
    while True:
        yield value
        if rng.random() < 0.01:
            value = level + rng.randrange(0, 100)
        value += rng.choice((0, 1, 2, 5, 7.5, 0.125))


def gauge(rng):
    value = rng.randrange(0, 1000)
    while True:
        yield value
        if rng.random() < 0.7:
            value += rng.randrange(-400, 401) / 8


def odd(rng):
    """What breaks things: not a number, infinite, negative zero."""
    while True:
        yield rng.choice((math.nan, math.inf, -math.inf, -0.0, 0, 1, -1, 12.5))


def dates(rng):
    while True:
        yield rng.randrange(-2_000_000_000, 4_000_000_000)


def constant(rng):
    value = rng.randrange(1, 20)
    while True:
        yield value


def times(rng, base_ms, gaps):
    """About every STEP seconds, never on a whole second; with gaps some are missing, for a while at times."""
    silent = 0
    for n in range(SECONDS // STEP):
        if gaps and rng.random() < 0.02:
            silent = rng.randrange(1, 40)
        if silent:
            silent -= 1
            continue
        yield base_ms + n * STEP * 1000 + rng.randrange(1, 999)


def one_series(rng, base_ms, labels, values, gaps):
    samples = []
    for at, value in zip(times(rng, base_ms, gaps), values):
        samples.append((at, value))
    if gaps:
        # A marker of staleness here and there, in the place of a sample.
        samples = [(at, "stale" if rng.random() < 0.02 else value) for at, value in samples]
    return labels, samples


def histogram(rng, base_ms, labels):
    """Buckets of one histogram, scraped together."""
    bounds = ("0.1", "0.25", "0.5", "1", "2.5", "+Inf")
    rows = {bound: [] for bound in bounds}
    counts = [rng.randrange(50_000, 60_000) for _ in bounds]
    for at in list(times(rng, base_ms, False)):
        for _ in range(rng.randrange(0, 6)):
            counts[min(int(rng.expovariate(0.6)), len(bounds) - 1)] += 1
        total = 0
        for bound, count in zip(bounds, counts):
            total += count
            rows[bound].append((at, total))
    return [(labels | {"__name__": "latency_seconds_bucket", "le": bound}, rows[bound]) for bound in bounds]


def series(seed, base_ms):
    """[({label: value}, [(milliseconds, number or "stale")])]"""
    rng = random.Random(seed)
    out = []
    for job in ("api", "web", "db"):
        for instance in ("a", "b"):
            for path in ("/", "/cart", "/pay"):
                labels = {"job": job, "instance": instance, "path": path}
                level = rng.choice((0, 100_000))
                gaps = level != 0 and rng.random() < 0.5
                out.append(one_series(rng, base_ms, labels | {"__name__": "requests_total"}, counter(rng, level), gaps))
                if rng.random() < 0.8:
                    out.append(one_series(rng, base_ms, labels | {"__name__": "errors_total"}, counter(rng, 100_000), rng.random() < 0.5))
            labels = {"job": job, "instance": instance}
            out.append(one_series(rng, base_ms, labels | {"__name__": "level"}, gauge(rng), rng.random() < 0.5))
            out.append(one_series(rng, base_ms, labels | {"__name__": "limit"}, constant(rng), False))
            out.append(one_series(rng, base_ms, labels | {"__name__": "born"}, dates(rng), False))
            out += histogram(rng, base_ms, labels)
        out.append(one_series(rng, base_ms, {"job": job, "__name__": "odd"}, odd(rng), rng.random() < 0.5))
        out.append(one_series(rng, base_ms, {"job": job, "__name__": "info", "team": rng.choice("xy")}, constant(rng), False))
    return out
