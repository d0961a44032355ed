"""The house's rules, one function each: Tree in, Findings out."""

import posixpath
import re

from source import Finding, is_test, line_of

# What a folder of src may include besides itself; the longest matching prefix counts. Direction of knowledge:
# base <- model <- {ingest, pipeline, store} <- query <- {insight, alert} <- serve <- main.
MAY_INCLUDE = {
    "base": [],
    "model": ["base"],
    "sql": ["base"],
    "ingest": ["base", "model"],
    "ingest/cloudwatch": ["base", "model", "ingest", "pipeline/line"],
    "ingest/elastic": ["base", "model", "ingest", "pipeline/line"],
    "ingest/jsonlines": ["base", "model", "ingest", "pipeline/line"],  # one reading of a JSON line, wherever it came from
    "ingest/syslog": ["base", "model", "ingest", "pipeline/line"],
    "store": ["base", "model"],
    "sampling": ["base", "model", "store", "pipeline/normalise"],  # conditions may say old names of attributes
    "pipeline": ["base", "model", "sql", "store", "sampling"],
    "scrape": ["base", "model", "ingest/prometheus"],
    "query": ["base", "model", "store"],
    "dashboards": ["base", "query/promql"],
    "datafolder": ["base", "model", "ingest", "store", "query"],
    "insight": ["base", "model", "sql", "store", "query", "sampling"],
    "alert": ["base", "model", "store", "query"],
    "items": ["base", "model", "store"],
    "monitor": ["base", "model", "store"],
    "ship": ["base"],
    "cli": ["base"],
    "serve/http": ["base", "ingest/otlp", "serve/auth/principal.h", "serve/grpc/status.h"],
    "serve": ["base", "model", "ingest", "store", "sampling", "pipeline", "scrape", "query", "dashboards", "insight", "alert", "items", "monitor"],
    "options.h": ["base", "items", "sampling", "pipeline", "store", "serve", "cli"],
    "options.cc": ["base", "query", "options.h"],
    "program.h": ["cli"],
    "program.cc": ["base", "model", "ingest", "store", "sampling", "pipeline", "scrape", "query", "insight", "alert", "items", "monitor", "serve", "cli", "dashboards", "datafolder", "options.h", "program.h"],
    "main.cc": ["base", "alert", "ship", "cli", "datafolder", "program.h"],
}
# Tests may also feed a layer with what a decoder makes of recorded bodies.
TESTS_MAY_INCLUDE = ["ingest", "pipeline", "store", "query/search", "query/promql", "base"]

# Libraries whose headers cost seconds, or that should be known in one place, and who may include them.
LIBRARY_HOMES = {
    r"boost/(beast|asio)": ["src/serve/http/", "src/serve/syslog/"],
    r"absl/": ["src/base/time_zone.cc"],
    r"grpc(pp)?/": ["src/serve/grpc/transport.cc", "src/serve/grpc/test_client.h"],
    r"soci/": ["src/store/meta/"],
    r"sqlite3\.h": ["src/store/meta/"],
    r"spdlog/": ["src/base/log.cc"],
    r"CLI/": ["src/cli/arguments.cc"],
    r"curl/": ["src/scrape/", "src/cli/", "src/alert/", "src/ship/curl_transport.cc"],
    r"yaml-cpp/": ["src/scrape/", "src/dashboards/parse.cc", "src/pipeline/group/suite_test.cc", "src/cli/", "src/alert/", "src/ship/config", "src/sampling/policy_"],
    r"openssl/": ["src/serve/auth/", "src/pipeline/group/", "src/scrape/relabel.cc"],
    r"simdjson\.h": ["src/ingest/", "src/base/json_text.cc", "src/base/utf8.cc", "src/base/text_fuzz.cc", "src/pipeline/", "src/serve/api/", "src/cli/", "src/ship/receipt.cc", "src/query/search/script_test.cc"],
    r"(zlib|zstd|zstd_errors|snappy)\.h|brotli/": ["src/base/", "src/store/", "_test.cc", "_fuzz.cc"],
}

BANNED = [
    (r"\bstd::w?regex\b", "std::regex is slow and overflows the stack: use RE2", ()),
    (r"(?<![\w.:])(std::)?system\s*\(", "no shell: system()", ("_test.cc",)),
    (r"\bpopen\s*\(", "no shell: popen()", ()),
    (r"(?<![\w.])(std::)?(printf|puts|putchar)\s*\(|\bstd::cout\b", "standard output belongs to the command line",
     ("src/main.cc", "src/cli/", "src/serve/welcome.cc")),
    (r"\bgetenv\s*\(", "the environment is read in main.cc and given on", ("src/main.cc", "_test.cc", "_benchmark.cc", "/testing/")),
    (r"(?<![\w.])(std::)?(atoi|atol|atoll|atof)\s*\(", "tells no error: use std::from_chars", ()),
    (r"(?<![\w.])(std::)?(strtol|strtoll|strtoul|strtoull)\s*\(", "use std::from_chars", ("_test.cc",)),
    (r"\bstd::sto(i|l|ll|ul|ull|f|d)\s*\(", "throws: use std::from_chars", ("_test.cc", "/testing/")),
    (r"(?<![\w.:])(std::)?s?rand\s*\(", "not random: use base/random.h", ()),
    (r"(?<![\w.])(std::)?(sprintf|strcpy|strcat|gets)\s*\(", "has no bound", ()),
    (r"\.detach\s*\(\s*\)", "a thread that nobody joins", ()),
    (r"\bco_(await|yield|return)\b", "no coroutines on g++ 12", ()),
    (r"\busing namespace std\s*;", "no using namespace std", ()),
]
SLEEP = r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])sleep\s*\("

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK|XX" r"X)\b|\bfor now\b|\bnot implem" r"ented\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(work/|root/|home/[a-z])" r"|/tmp/h\b")
REGISTRY = re.compile(
    r"registry\.npmjs|npmjs\.org|pypi\.org|pythonhosted|crates\.io|proxy\.golang|deb\.debian\.org|repo1?\.maven|nodesource",
    re.IGNORECASE)

MOST_LINES = 600
MOST_FUNCTION_LINES = 80
MOST_TEST_LINES = 120  # of one test: tables of cases
SIZED = ("src/", "ui/src/", "ui/dev/", "ui/test/", "sdk/", "examples/", "bench/", "scripts/", "tests/")


def _owner(path):
    """The key of MAY_INCLUDE for src/..., the longest prefix."""
    inside = path.removeprefix("src/")
    keys = [k for k in MAY_INCLUDE if inside == k or inside.startswith(k + "/")]
    return max(keys, key=len, default=None)


def _is_below(path, folders):
    return any(path == f or path.startswith(f + "/") for f in folders)


def include_direction(tree):
    for path in tree.cpp():
        owner = _owner(path)
        if owner is None:
            yield Finding(path, 1, "a folder of src that the table of include directions does not know")
            continue
        top = owner.split("/")[0]
        for match in re.finditer(r'^#include "([^"]+)"', tree.files[path], re.MULTILINE):
            target = match.group(1)
            line = line_of(tree.files[path], match.start())
            if "src/" + target not in tree.files and target != "version.h":
                yield Finding(path, line, f'no such file: "{target}" (includes are relative to src)')
            own = owner if owner == "serve/http" else top
            allowed = MAY_INCLUDE[owner] + [own] + (TESTS_MAY_INCLUDE if is_test(path) else [])
            if not _is_below(target, allowed) and target != "version.h":
                yield Finding(path, line, f'{owner} may not know "{target}"')


def protocols_apart(tree):
    """ingest/<protocol> knows no other protocol; what they share is in ingest/naming, ingest/stream and ingest/testing."""
    for path in tree.paths("src/ingest/*/**/*.h", "src/ingest/*/**/*.cc"):
        own = path.split("/")[2]
        for match in re.finditer(r'^#include "ingest/([^/"]+)/', tree.files[path], re.MULTILINE):
            if match.group(1) not in (own, "naming", "stream", "testing"):
                yield Finding(path, line_of(tree.files[path], match.start()),
                              f"protocol {own} may not know protocol {match.group(1)}")


def heavy_headers(tree):
    for path in tree.cpp():
        for match in re.finditer(r"^#include <([^>]+)>", tree.files[path], re.MULTILINE):
            for library, homes in LIBRARY_HOMES.items():
                if re.match(library, match.group(1)) and not any(h in path for h in homes):
                    yield Finding(path, line_of(tree.files[path], match.start()), f"<{match.group(1)}> stays in {', '.join(homes)}")


def banned_calls(tree):
    for path in tree.cpp():
        code = tree.code(path)
        rules = [(p, why) for p, why, homes in BANNED if not any(h in path for h in homes)]
        if is_test(path):
            rules.append((SLEEP, "no sleeps in tests: wait for what happens, or turn a ManualClock"))
        for pattern, why in rules:
            for match in re.finditer(pattern, code):
                yield Finding(path, line_of(code, match.start()), why)


def file_sizes(tree):
    for path, text in sorted(tree.files.items()):
        if not path.startswith(SIZED) or path.startswith("tests/corpus/") or "/fixtures/" in path or path.endswith(".json"):
            continue
        if (lines := text.count("\n")) > MOST_LINES:
            yield Finding(path, lines, f"{lines} lines; the limit is {MOST_LINES}")


NOT_A_FUNCTION = re.compile(r"(^|[;{}\s])(namespace|class|struct|enum|union|extern)\b[^()]*$|=\s*$|^\s*$")


def function_sizes(tree):
    """By braces: the outermost block whose head has parentheses is a function's body."""
    for path in tree.cpp():
        code = tree.code(path)
        code = re.sub(r"^#.*$", lambda m: " " * len(m.group(0)), code, flags=re.MULTILINE)
        most = MOST_TEST_LINES if is_test(path) else MOST_FUNCTION_LINES
        depth_inside, head_start, start = 0, 0, None
        for match in re.finditer(r"[{};]", code):
            brace = match.group(0)
            if start is None:
                head = code[head_start:match.start()]
                if brace == "{" and ")" in head and not NOT_A_FUNCTION.search(head):
                    start, depth_inside = match.start(), 1
                head_start = match.end()
                continue
            depth_inside += {"{": 1, "}": -1, ";": 0}[brace]
            if depth_inside == 0:
                lines = line_of(code, match.start()) - line_of(code, start) + 1
                if lines > most:
                    yield Finding(path, line_of(code, start), f"a function of {lines} lines; the limit is {most}")
                start, head_start = None, match.end()


def headers(tree):
    for path in tree.cpp():
        text = tree.files[path]
        if path.endswith(".h"):
            if not text.startswith("//"):
                yield Finding(path, 1, "a header begins with what it is for")
            if "\n#pragma once\n" not in text:
                yield Finding(path, 1, "no #pragma once")


def unfinished_work(tree):
    for path, text in sorted(tree.files.items()):
        if path.startswith(("tests/corpus/", "tests/tidy/")) or path.endswith((".json", ".svg")):
            continue
        for match in UNFINISHED.finditer(text):
            if path.startswith("ui/") and match.group(0) == "for now":
                continue  # words for people: "Skip for now"
            yield Finding(path, line_of(text, match.start()), f'"{match.group(0)}": finish it, or say that it is unsupported')


def machine_traces(tree):
    """Nothing of one machine, and no package registry, in what is committed."""
    for path, text in sorted(tree.files.items()):
        if path.startswith(("tests/corpus/", "tests/tidy/")):
            continue
        for pattern, why in ((MACHINE_PATH, "a path of one machine"), (REGISTRY, "the name of a package registry")):
            for match in pattern.finditer(text):
                yield Finding(path, line_of(text, match.start()), f'{why}: "{match.group(0)}"')


def _listed_sources(tree):
    """Regular expressions of the .cc files that any CMakeLists.txt below src names; ${variables} stand for one word."""
    for cmake in tree.paths("src/**/CMakeLists.txt"):
        for name in re.findall(r"[^\s()]+\.cc\b", tree.files[cmake]):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(cmake), name))
            yield re.sub(r"\\\$\\\{\w+\\\}", "[a-z0-9_]+", re.escape(path))


def dead_files(tree):
    included = {m for p in tree.cpp() for m in re.findall(r'^#include "([^"]+)"', tree.files[p], re.MULTILINE)}
    listed = list(_listed_sources(tree))
    for path in tree.cpp():
        if path.endswith(".h") and path.removeprefix("src/") not in included:
            yield Finding(path, 1, "no file includes this header")
        if path.endswith(".cc") and not any(re.fullmatch(p, path) for p in listed):
            yield Finding(path, 1, "in no CMakeLists.txt")
    for cmake in tree.paths("src/**/CMakeLists.txt"):
        folder = posixpath.dirname(cmake)
        parent = tree.files.get(posixpath.dirname(folder) + "/CMakeLists.txt", "")
        if folder != "src" and not re.search(rf"\b{re.escape(posixpath.basename(folder))}\b", parent):
            yield Finding(cmake, 1, "the folder above does not add this one")


def architecture(tree):
    """ARCHITECTURE.md names every folder of src, and nothing that is not there."""
    path = "ARCHITECTURE.md"
    if path not in tree.files:
        yield Finding(path, 1, "missing")
        return
    text = tree.files[path]
    named = {m.group(1).rstrip("/"): m.start() for m in re.finditer(r"`((?:[\w.-]+/)+[\w.-]*)`", text)}
    folders = {posixpath.dirname(p) for p in tree.files}
    folders |= {posixpath.dirname(f) for f in folders} | {posixpath.dirname(posixpath.dirname(f)) for f in folders}
    for name, position in sorted(named.items()):
        if name not in folders and name not in tree.files and not name.startswith("build/"):
            yield Finding(path, line_of(text, position), f"`{name}` does not exist")
    for folder in sorted({posixpath.dirname(p) for p in tree.cpp()}):
        if folder != "src" and folder not in named:
            yield Finding(path, 1, f"`{folder}` is not on the map")


def documents(tree):
    """Links between documents lead somewhere, and the index of docs/ names all of them (decisions by their folder)."""
    folders = {posixpath.dirname(p) for p in tree.files}
    for path in (p for p in sorted(tree.files) if p.endswith(".md")):
        for match in re.finditer(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", tree.files[path]):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match.group(1)))
            if target not in tree.files and target not in folders and target not in tree.binaries:
                yield Finding(path, line_of(tree.files[path], match.start()), f"nothing at {match.group(1)}")
    index = tree.files.get("docs/README.md", "")
    for path in tree.paths("docs/**/*.md"):
        name = path.removeprefix("docs/")
        if name != "README.md" and f"({name})" not in index and f"({posixpath.dirname(name)}/)" not in index:
            yield Finding("docs/README.md", 1, f"does not name {name}")


CHECKS = [include_direction, protocols_apart, heavy_headers, banned_calls, file_sizes, function_sizes, headers, unfinished_work,
          machine_traces, dead_files, architecture, documents]
