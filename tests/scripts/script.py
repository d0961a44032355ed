"""The files *.test: what a script says, and the times and names in it.

A step is a line that begins in the first column; lines indented by two blanks below it are its body. README.md has the
whole language.
"""

import dataclasses
import datetime
import re

UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
PLACE = re.compile(r"\{\{\s*(.+?)\s*\}\}")
INSTANT = re.compile(r"now(?:([+-])(\d+(?:\.\d+)?)(ms|s|m|h|d))?(?:\s+(ns|us|ms|s|access|logging))?$")
DIVISORS = {"ns": 1, "us": 1000, "ms": 1_000_000, "s": 1_000_000_000}


class ScriptError(Exception):
    """The script itself is wrong."""


@dataclasses.dataclass
class Block:
    """One line with its body. `line` counts from 1; the body takes the lines `line + 1` .. `line + len(body)`."""

    line: int
    word: str
    rest: str
    body: list


@dataclasses.dataclass
class Step:
    """What is done, and what must come of it."""

    action: Block
    checks: list  # Blocks of CHECKS


CHECKS = ("answer", "rejected", "received")


def parse(text):
    blocks = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("  "):
            if not blocks or blocks[-1].line + len(blocks[-1].body) + 1 != number:
                raise ScriptError(f"line {number}: a body without a step above it")
            blocks[-1].body.append(line[2:])
        elif line.strip() and not line.startswith("#"):
            word, _, rest = line.strip().partition(" ")
            blocks.append(Block(number, word, rest.strip(), []))
    steps = []
    for block in blocks:
        if block.word not in CHECKS:
            steps.append(Step(block, []))
        elif not steps:
            raise ScriptError(f"line {block.line}: {block.word} of nothing")
        else:
            steps[-1].checks.append(block)
    return steps


class Names:
    """What {{...}} stands for: instants relative to one `now` of the whole run, addresses, and what answers taught."""

    def __init__(self, now_ns):
        self.now_ns = now_ns
        self.values = {}
        self.instants = {}  # rendered -> "{{...}}", to write expectations back

    def render(self, text):
        return PLACE.sub(lambda found: self.value(found[1]), text)

    def value(self, expression):
        if instant := INSTANT.match(expression):
            text = self.instant(*instant.groups())
            self.instants[text] = "{{" + expression + "}}"
            return text
        if expression in self.values:
            return self.values[expression]
        raise ScriptError("nothing is called {{" + expression + "}}")

    def instant(self, sign, amount, unit, form):
        nanos = self.now_ns
        if sign:
            nanos += round(float(amount) * UNITS[unit] * 1e9) * (1 if sign == "+" else -1)
        if form == "s":
            return f"{nanos / 1e9:.3f}"
        if form in DIVISORS:
            return str(nanos // DIVISORS[form])
        time = datetime.datetime.fromtimestamp(nanos / 1e9, datetime.UTC)
        if form == "access":
            return f"{time:%d/%b/%Y:%H:%M:%S} +0000"
        # `now` is a whole millisecond, so nothing is lost.
        text = time.replace(tzinfo=None).isoformat(" " if form else "T", timespec="milliseconds")
        return text.replace(".", ",") if form else text + "Z"

    def unrender(self, text):
        return self.instants.get(text, text)
