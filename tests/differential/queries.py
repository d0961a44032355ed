"""Random PromQL by a grammar. Only what Prometheus 2.42 knows, and what later versions answer the same."""

METRICS = ("requests_total", "errors_total", "level", "limit")
COUNTERS = ("requests_total", "errors_total")
RANGES = ("30s", "50s", "1m", "2m", "5m", "10m", "30m", "1h")
LABELS = ("job", "instance", "path")
OVER_TIME = ("avg", "min", "max", "sum", "count", "stddev", "stdvar", "last", "present")
OF_GAUGES = ("delta", "idelta", "deriv", "changes", "resets")
OF_COUNTERS = ("rate", "irate", "increase", "resets", "changes")
MATH = ("abs", "ceil", "floor", "round", "sgn", "sqrt", "exp", "ln", "log2", "log10", "deg", "rad")
TRIGONOMETRY = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
DATES = ("minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year")
AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2")
COMPARISON = ("==", "!=", "<", "<=", ">", ">=")


class Queries:
    """`rng` decides everything. `base` is the data's first second; times inside queries lie around it."""

    def __init__(self, rng, base, seconds):
        self.rng = rng
        self.base = base
        self.seconds = seconds
        self.in_subquery = False

    def chance(self, share):
        return self.rng.random() < share

    def one_of(self, choices):
        return self.rng.choice(choices)

    def number(self):
        return self.one_of(("0", "1", "2", "0.5", "-1", "10", "100", "1e3", "-0.25", "NaN", "Inf", "-Inf"))

    def time(self):
        """Ends on 7: never on a multiple of a step, so never on an open or closed end of a subquery."""
        return (self.base + self.rng.randrange(-600, self.seconds + 900)) // 10 * 10 + 7

    # -- selectors ------------------------------------------------------------------------------------------------------

    def matchers(self):
        found = []
        for label in LABELS:
            if self.chance(0.75):
                continue
            value = {"job": ("api", "web", "db", "x"), "instance": ("a", "b", ""), "path": ("/", "/cart", "")}[label]
            kind = self.rng.randrange(4)
            if kind == 0:
                found.append(f'{label}="{self.one_of(value)}"')
            elif kind == 1:
                found.append(f'{label}!="{self.one_of(value)}"')
            elif kind == 2:
                found.append(f'{label}=~"{self.one_of(("a.*", "api|db", ".+", ".*", "/c.*|/", "w.b"))}"')
            else:
                found.append(f'{label}!~"{self.one_of(("a.*", "api|db", "/c.*", "b"))}"')
        return "{" + ",".join(found) + "}" if found else ""

    def placement(self):
        out = ""
        if self.chance(0.15):
            out += " offset " + self.one_of(("10s", "1m", "5m", "-1m", "20m", "-10s", "1h"))
        if self.chance(0.1):
            at = " @ " + self.one_of((str(self.time()), "start()", "end()", str(self.time()) + ".5"))
            out = out + at if self.chance(0.5) else at + out
        return out

    def selector(self, metrics=METRICS):
        return self.one_of(metrics) + self.matchers() + self.placement()

    def window(self, metrics):
        return f"{self.one_of(metrics)}{self.matchers()}[{self.one_of(RANGES)}]{self.placement()}"

    def subquery(self, depth):
        """Not one in another: the outer one's steps would lie on the inner one's ends."""
        self.in_subquery = True
        inner = self.vector(depth - 1)
        self.in_subquery = False
        step = self.one_of(("", "10s", "30s", "1m", "2m"))
        return f"({inner})[{self.one_of(('1m', '5m', '10m', '20m'))}:{step}]{self.placement()}"

    # -- expressions ----------------------------------------------------------------------------------------------------

    def grouping(self):
        if self.chance(0.3):
            return ""
        labels = ",".join(label for label in LABELS if self.chance(0.4))
        return f" {self.one_of(('by', 'without'))} ({labels})"

    def untied(self):
        """Hardly ever two of the same value: which of them topk takes is nobody's promise."""
        return self.one_of((self.selector(("level",)), f"avg_over_time({self.window(('level',))})", f"rate({self.window(COUNTERS)})"))

    def aggregation(self, depth):
        inner = self.vector(depth - 1)
        kind = self.rng.randrange(10)
        if kind == 0:
            return f"{self.one_of(('topk', 'bottomk'))}{self.grouping()} ({self.one_of('123')}, {self.untied()})"
        if kind == 1:
            return f"quantile{self.grouping()} ({self.one_of(('0', '0.5', '0.9', '1', '-1', '2', 'NaN'))}, {inner})"
        if kind == 2:
            # Of exact values: a rounding would be another label.
            return f'count_values{self.grouping()} ("value", {self.selector()})'
        return f"{self.one_of(AGGREGATIONS)}{self.grouping()} ({inner})"

    def range_function(self, depth):
        if depth > 1 and not self.in_subquery and self.chance(0.2):
            window, names = self.subquery(depth), OVER_TIME + OF_GAUGES
        elif self.chance(0.6):
            window, names = self.window(COUNTERS), OF_COUNTERS + OVER_TIME
        else:
            window, names = self.window(("level", "limit", "odd")), OF_GAUGES + OVER_TIME
        kind = self.rng.randrange(12)
        if kind == 0:
            return f"quantile_over_time({self.one_of(('0', '0.25', '0.5', '0.99', '1', '-1', '2'))}, {window})"
        if kind == 1:
            return f"predict_linear({window}, {self.one_of(('0', '60', '3600', '-600'))})"
        if kind == 2:
            return f"holt_winters({window}, {self.one_of(('0.1', '0.5', '0.9'))}, {self.one_of(('0.1', '0.5'))})"
        if kind == 3:
            return f"absent_over_time({window})"
        name = self.one_of(names)
        return f"{name}_over_time({window})" if name in OVER_TIME else f"{name}({window})"

    def function(self, depth):
        inner = self.vector(depth - 1)
        kind = self.rng.randrange(15)
        if kind == 0:
            return f"{self.one_of(TRIGONOMETRY)}({inner})"
        if kind == 1:
            return f"{self.one_of(DATES)}({self.one_of(('born', 'born', ''))})"
        if kind == 2:
            return f"clamp({inner}, {self.number()}, {self.number()})"
        if kind == 3:
            return f"{self.one_of(('clamp_min', 'clamp_max'))}({inner}, {self.number()})"
        if kind == 4:
            return f"round({inner}, {self.one_of(('0.1', '5', '0.25'))})"
        if kind == 5:
            return f"timestamp({inner})"
        if kind == 6:
            return f"absent({inner})"
        if kind == 7:
            return f"vector({self.scalar(depth - 1)})"
        if kind == 8:
            return f"{self.one_of(('sort', 'sort_desc'))}({inner})"
        if kind == 9:
            source = self.one_of(LABELS)
            pattern, text = self.one_of(((".*", "$0"), ("(.).*", "$1x"), ("a(.*)", "${1}"), ("", "z"), ("/(.*)", "p-$1")))
            return f'label_replace({inner}, "{self.one_of(("new", "job", "path"))}", "{text}", "{source}", "{pattern}")'
        if kind == 10:
            return f'label_join({inner}, "new", "-", "job", "{self.one_of(LABELS)}")'
        if kind == 11:
            rate = f"rate(latency_seconds_bucket{self.matchers()}[{self.one_of(RANGES[2:])}])"
            if self.chance(0.5):
                rate = f"sum by (le{self.one_of(('', ',job', ',instance'))}) ({rate})"
            return f"histogram_quantile({self.one_of(('0', '0.5', '0.9', '0.99', '1', '-1', '2'))}, {rate})"
        return f"{self.one_of(MATH)}({inner})"

    def matching(self, arithmetic):
        kind = self.rng.randrange(8)
        if kind == 0:
            return f" on ({self.one_of(('job', 'job,instance', 'instance,job,path', ''))})"
        if kind == 1:
            return f" ignoring ({self.one_of(('path', 'instance', 'path,instance'))})"
        if kind == 2 and arithmetic:
            side = self.one_of(("left", "right"))
            return f" on ({self.one_of(('job', 'job,instance'))}) group_{side} ({self.one_of(('', 'team'))})"
        return ""

    def binary(self, depth):
        left, right = self.vector(depth - 1), self.vector(depth - 1)
        kind = self.rng.randrange(10)
        if kind < 3:
            scalar = self.scalar(depth - 1)
            pair = (left, scalar) if self.chance(0.6) else (scalar, left)
            if self.chance(0.5):
                return f"({pair[0]} {self.one_of(ARITHMETIC)} {pair[1]})"
            return f"({pair[0]} {self.one_of(COMPARISON)}{self.one_of(('', ' bool'))} {pair[1]})"
        if kind == 3:
            return f"({left} {self.one_of(('and', 'or', 'unless'))}{self.matching(False)} {right})"
        if kind == 4:
            many = f"{self.one_of(('requests_total', 'errors_total'))}{self.matchers()}"
            return f"({many} * on (job) group_left (team) info)"
        if kind < 7:
            return f"({left} {self.one_of(COMPARISON)}{self.one_of(('', ' bool'))}{self.matching(True)} {right})"
        return f"({left} {self.one_of(ARITHMETIC)}{self.matching(True)} {right})"

    def scalar(self, depth):
        kind = self.rng.randrange(8)
        if depth <= 0 or kind < 4:
            return self.number()
        if kind == 4:
            return "time()"
        if kind == 5:
            return f"scalar({self.vector(depth - 1)})"
        if kind == 6:
            return f"({self.scalar(depth - 1)} {self.one_of(ARITHMETIC)} {self.scalar(depth - 1)})"
        return f"({self.scalar(depth - 1)} {self.one_of(COMPARISON)} bool {self.scalar(depth - 1)})"

    def vector(self, depth):
        if depth <= 0:
            return self.selector() if self.chance(0.85) else self.selector(("odd", "info"))
        kind = self.rng.randrange(20)
        if kind < 3:
            return self.selector()
        if kind < 8:
            return self.range_function(depth)
        if kind < 12:
            return self.aggregation(depth)
        if kind < 15:
            return self.function(depth)
        if kind < 16:
            return f"-{self.vector(depth - 1)}"
        return self.binary(depth)

    def expression(self):
        depth = self.rng.randrange(1, 5)
        kind = self.rng.randrange(20)
        if kind == 0:
            return self.scalar(depth)
        return self.vector(depth)
