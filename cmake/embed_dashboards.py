#!/usr/bin/python3
"""Turns the dashboards of a folder into one C++ source file that defines tripod::dashboards::built_in().

usage: embed_dashboards.py OUTPUT.cc FILE.yaml...
"""

import pathlib
import sys

BYTES_PER_LINE = 64


def literal(data: bytes) -> str:
    """A C++ string literal, over several lines. Three octal digits each, so that no byte runs into the next."""
    lines = [data[i : i + BYTES_PER_LINE] for i in range(0, len(data), BYTES_PER_LINE)] or [b""]
    return "\n".join('    "' + "".join(f"\\{byte:03o}" for byte in line) + '"' for line in lines)


def entry(file: pathlib.Path) -> str:
    data = file.read_bytes()
    return f'  {{"{file.stem}", std::string_view(\n{literal(data)},\n    {len(data)})}},\n'


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    output = pathlib.Path(sys.argv[1])
    files = sorted(pathlib.Path(name) for name in sys.argv[2:])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(
        '#include "dashboards/library.h"\n\n'
        "namespace tripod::dashboards {\n\n"
        "namespace {\n\n"
        f"constexpr BuiltIn kBuiltIn[] = {{\n{''.join(entry(f) for f in files)}}};\n\n"
        "}  // namespace\n\n"
        "std::span<const BuiltIn> built_in() { return kBuiltIn; }\n\n"
        "}  // namespace tripod::dashboards\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main()
