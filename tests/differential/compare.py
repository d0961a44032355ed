"""Two answers of the query API, compared."""

import math

RELATIVE = 1e-12


def number(text):
    return float(text)


def close(a, b, relative=RELATIVE, absolute=0.0):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if a == b:
        return True
    if math.isinf(a) or math.isinf(b):
        return False
    return abs(a - b) <= max(relative * max(abs(a), abs(b)), absolute)


def as_series(data):
    """{labels: {time: number}} of an answer's data."""
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return {(): {result[0]: number(result[1])}}
    out = {}
    for one in result:
        labels = tuple(sorted(one["metric"].items()))
        points = one["values"] if "values" in one else [one["value"]]
        out[labels] = {at: number(value) for at, value in points}
    return out


def differences(wanted, got, relative=RELATIVE, absolute=0.0):
    """What is different, in words; empty: nothing."""
    if wanted["resultType"] != got["resultType"]:
        return [f"{wanted['resultType']} there, {got['resultType']} here"]
    if wanted["resultType"] == "string":
        return [] if wanted["result"][1] == got["result"][1] else ["another string"]
    there, here = as_series(wanted), as_series(got)
    out = [f"only there: {dict(labels)}" for labels in there.keys() - here.keys()]
    out += [f"only here: {dict(labels)}" for labels in here.keys() - there.keys()]
    for labels in there.keys() & here.keys():
        a, b = there[labels], here[labels]
        for at in sorted(a.keys() | b.keys()):
            if at not in b:
                out.append(f"{dict(labels)} at {at}: {a[at]!r} there, nothing here")
            elif at not in a:
                out.append(f"{dict(labels)} at {at}: nothing there, {b[at]!r} here")
            elif not close(a[at], b[at], relative, absolute):
                out.append(f"{dict(labels)} at {at}: {a[at]!r} there, {b[at]!r} here")
    return out
