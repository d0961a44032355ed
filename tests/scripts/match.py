"""Comparing answers with expectations, and writing expectations from answers.

An expectation is part of the answer: members that it does not name are not looked at. Lists have the same length and
order, unless the first element is "<unordered>" or the last one "<more>". Strings "<any>", "<number>", "<re:...>" and
"<set:name>" (any text or number, remembered as {{name}}) stand for what is not known beforehand.
"""

import math
import re

UNORDERED, MORE = "<unordered>", "<more>"


def mismatch(expected, actual, names, path="$"):
    """What differs first, as text; None where all that is expected is there."""
    if isinstance(expected, str) and expected.startswith("<") and expected.endswith(">"):
        return pattern_mismatch(expected, actual, names, path)
    if isinstance(expected, dict):
        return object_mismatch(expected, actual, names, path)
    if isinstance(expected, list):
        return list_mismatch(expected, actual, names, path)
    if is_number(expected) and is_number(actual):
        same = math.isclose(expected, actual, rel_tol=1e-9)
    else:
        same = type(expected) is type(actual) and expected == actual
    return None if same else f"{path}: expected {expected!r}, got {actual!r}"


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def pattern_mismatch(pattern, actual, names, path):
    word, _, rest = pattern[1:-1].partition(":")
    if word == "any":
        return None
    if word == "set":
        names.values[rest] = str(actual)
        return None
    if word == "number" and is_number(actual):
        return None
    if word == "re" and isinstance(actual, str) and re.search(rest, actual):
        return None
    return f"{path}: expected {pattern}, got {actual!r}"


def object_mismatch(expected, actual, names, path):
    if not isinstance(actual, dict):
        return f"{path}: expected an object, got {actual!r}"
    for key, value in expected.items():
        if key not in actual:
            return f"{path}: no member {key!r} among {sorted(actual)}"
        if found := mismatch(value, actual[key], names, f"{path}.{key}"):
            return found
    return None


def list_mismatch(expected, actual, names, path):
    if not isinstance(actual, list):
        return f"{path}: expected a list, got {actual!r}"
    wanted = [one for one in expected if one not in (UNORDERED, MORE)]
    more = MORE in expected[-1:]
    if len(actual) < len(wanted) or (len(actual) > len(wanted) and not more):
        return f"{path}: expected {len(wanted)} elements{' or more' if more else ''}, got {len(actual)}: {actual!r:.2000}"
    if UNORDERED not in expected[:1]:
        return first(mismatch(one, actual[i], names, f"{path}[{i}]") for i, one in enumerate(wanted))
    left = list(actual)
    for i, one in enumerate(wanted):
        match = next((n for n, candidate in enumerate(left) if mismatch(one, candidate, names) is None), None)
        if match is None:
            return f"{path}: nothing like {one!r} (element {i}) among {left!r:.2000}"
        left.pop(match)
    return None


def first(found):
    return next((one for one in found if one is not None), None)


def updated(expected, actual, names):
    """The expectation rewritten after the answer: the same members, patterns that still hold kept, times as {{...}}."""
    if expected is None:
        return unrendered(actual, names)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: updated(value, actual.get(key), names) for key, value in expected.items() if key in actual}
    if isinstance(expected, list) and isinstance(actual, list):
        marks = [one for one in expected if one in (UNORDERED, MORE)]
        wanted = [one for one in expected if one not in (UNORDERED, MORE)]
        if mismatch(expected, actual, names) is None:
            return expected if UNORDERED in marks else pairwise(wanted, actual, names) + marks
        shape = wanted[0] if wanted else None
        rest = [updated(wanted[i] if i < len(wanted) else shape, one, names) for i, one in enumerate(actual)]
        return ([UNORDERED] if UNORDERED in marks else []) + rest
    if mismatch(expected, actual, names) is None:
        return names.unrender(expected) if isinstance(expected, str) else expected
    return unrendered(actual, names)


def pairwise(wanted, actual, names):
    return [updated(one, actual[i], names) for i, one in enumerate(wanted)]


def unrendered(value, names):
    if isinstance(value, dict):
        return {key: unrendered(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [unrendered(one, names) for one in value]
    return names.unrender(value) if isinstance(value, str) else value
