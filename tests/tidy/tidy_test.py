"""Every check must notice what it is for, and leave good code alone."""

import checks
from source import Tree, without_comments_and_texts

HEADER = "// What it is for.\n#pragma once\n"
LONG_FUNCTION = "void f() {\n" + "  g();\n" * 90 + "}\n"

# (check, files, how many findings)
CASES = [
    (checks.include_direction, {"src/base/a.cc": '#include "model/b.h"\n', "src/model/b.h": HEADER}, 1),
    (checks.include_direction, {"src/model/a.cc": '#include "base/b.h"\n', "src/base/b.h": HEADER}, 0),
    (checks.include_direction, {"src/model/a.cc": '#include "b.h"\n', "src/model/b.h": HEADER}, 2),
    (checks.include_direction, {"src/scrape/a.cc": '#include "ingest/otlp/b.h"\n', "src/ingest/otlp/b.h": HEADER}, 1),
    (checks.include_direction, {"src/serve/http/a.cc": '#include "serve/api/b.h"\n', "src/serve/api/b.h": HEADER}, 1),
    (checks.include_direction, {"src/elsewhere/a.cc": ""}, 1),
    (checks.protocols_apart, {"src/ingest/otlp/a.cc": '#include "ingest/loki/b.h"\n'}, 1),
    (checks.protocols_apart, {"src/ingest/otlp/a.cc": '#include "ingest/testing/b.h"\n'}, 0),
    (checks.heavy_headers, {"src/model/a.cc": "#include <boost/beast/core.hpp>\n"}, 1),
    (checks.heavy_headers, {"src/serve/http/a.cc": "#include <boost/beast/core.hpp>\n"}, 0),
    (checks.banned_calls, {"src/model/a.cc": "auto e = getenv(name);\nstd::regex r;\nx = atoi(t);\n"}, 3),
    (checks.banned_calls, {"src/model/a.cc": '// getenv(\nauto t = "system(";\nf.printf(x);\nboost::system::error_code e;\n'}, 0),
    (checks.banned_calls, {"src/model/a_test.cc": "std::this_thread::sleep_for(x);\n"}, 1),
    (checks.banned_calls, {"src/model/a.cc": "fmt::print(stderr, x);\nstd::fprintf(stderr, x);\nstd::snprintf(a, b);\n"}, 0),
    (checks.file_sizes, {"src/model/a.cc": "\n" * 601, "src/model/b.cc": "\n" * 600}, 1),
    (checks.function_sizes, {"src/model/a.cc": "namespace x {\n" + LONG_FUNCTION + "}\n"}, 1),
    (checks.function_sizes, {"src/model/a.cc": "namespace x {\n" + "void f() {\n  g();\n}\n" * 50 + "}\n"}, 0),
    (checks.function_sizes, {"src/model/a.cc": "constexpr int k[] = {\n" + "  1,\n" * 100 + "};\nclass A {\n" + "  int b();\n" * 90 + "};\n"}, 0),
    (checks.function_sizes, {"src/model/a.cc": "class A {\n " + LONG_FUNCTION + "};\n"}, 1),
    (checks.headers, {"src/model/a.h": "\n#pragma once\n", "src/model/b.h": "// b\n", "src/model/c.h": HEADER}, 2),
    (checks.unfinished_work, {"src/model/a.cc": "// TO" "DO: later\n", "README.md": "works for " "now\n"}, 2),
    (checks.machine_traces, {"a.md": "see /ho" "me/me/x\n", "ui/package-lock.json": '"https://registry.npm' 'js.org/x"\n'}, 2),
    (checks.machine_traces, {"a.md": "examples/wo" "rk/x, ./ro" "ot/x\n"}, 0),
    (checks.dead_files, {"src/a/CMakeLists.txt": "SOURCES x.cc y_${n}_z.cc)", "src/CMakeLists.txt": "a",
                         "src/a/x.cc": "", "src/a/y_1_z.cc": "", "src/a/dead.cc": "", "src/a/dead.h": HEADER}, 2),
    (checks.dead_files, {"src/CMakeLists.txt": "a b", "src/b/CMakeLists.txt": "../a/x.cc", "src/a/x.cc": ""}, 0),
    (checks.dead_files, {"src/CMakeLists.txt": "b", "src/a/CMakeLists.txt": ""}, 1),
    (checks.architecture, {"ARCHITECTURE.md": "`src/a/` and `src/gone/`\n", "src/a/x.cc": "", "src/b/y.cc": ""}, 2),
    (checks.documents, {"docs/README.md": "[a](a.md) [b](gone.md) [c](why/) [d](https://x.example/y)", "docs/a.md": "[x](README.md#y)",
                        "docs/why/1.md": "", "docs/lost.md": ""}, 2),
]


def run():
    """(name, what went wrong or "") for each case."""
    for number, (check, files, expected) in enumerate(CASES, 1):
        found = [str(f) for f in check(Tree(files))]
        problem = "" if len(found) == expected else f"{expected} findings expected, got {found}"
        yield f"{check.__name__.replace('_', ' ')}, case {number}", problem
    stripped = without_comments_and_texts("a = \"x{\"; // {\nb = R\"q({)q\"; /* {\n */ c = '{'; d = 1'000;")
    problem = "" if "{" not in stripped and stripped.count("\n") == 2 and "1'000" in stripped else repr(stripped)
    yield "nothing in comments and texts", problem
