"""Differences that the age of Prometheus 2.42, and its mathematical library, explain. Each is bound to what it looks like."""

import re

SAME = "vector cannot contain metrics with the same labelset"


def all_like(found, pattern):
    return all(re.search(pattern, line) for line in found)


def all_larger_there(found, most):
    for line in found:
        values = re.search(r": ([\d.e+]+) there, ([\d.e+]+) here$", line)
        if not values or not 1 < float(values[1]) / float(values[2]) < most:
            return False
    return True


def explain(query, error_there, error_here, found):
    """The reason in words, or None. `found`: the differences in words."""
    if error_there and SAME in error_there and not error_here:
        return "series that become the same and never meet in time are one since 3.0"
    if re.search(r"\bstd(dev|var)\b", query) and all_like(found, r"0\.0 there, nan here$"):
        return "the deviation of a single value that is not finite is NaN since 3.0, 0 before"
    if re.search(r"\batan2\b", query) and all_like(found, r"^only (there: .*__name__|here)"):
        return "atan2 drops the metric's name since 3.0"
    if re.search(r"\bexp\(", query) and all_like(found, r"inf there, [\d.]+e\+30[78] here$"):
        return "Go's exp() ends at 709.09, not at 709.78"
    if "predict_linear" in query and "@" in query:
        return "the range of predict_linear(x @ t) stays where it is since 3.0"
    if re.search(r"\btimestamp\([^()]*( offset .* @ | @ .* offset )", query):
        return "timestamp(x @ t offset d) forgets the offset in 2.42"
    if re.search(r"\b(rate|increase)\(", query) and all_larger_there(found, 2):
        return "a counter that begins within the range is extrapolated half a step back at most since 2.52, to its zero before"
    if re.search(r"\b(topk|bottomk)\b", query):
        return "which of equal values topk and bottomk choose is the store's business"
    return None
