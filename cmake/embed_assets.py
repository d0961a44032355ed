#!/usr/bin/python3
"""Turns a folder of web files into one C++ source file that defines tripod::serve::assets().

usage: embed_assets.py FOLDER OUTPUT.cc

Files are gzipped where that makes them smaller. The output depends on nothing but the files' names and contents.
"""

import gzip
import hashlib
import pathlib
import re
import sys

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# Vite's file names: assets/NAME-HASH.EXT with eight characters of hash.
HASHED = re.compile(r"^/assets/.*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")
BYTES_PER_LINE = 64


def literal(data: bytes) -> str:
    """A C++ string literal, over several lines. Three octal digits each, so that no byte runs into the next."""
    lines = [data[i : i + BYTES_PER_LINE] for i in range(0, len(data), BYTES_PER_LINE)] or [b""]
    return "\n".join('    "' + "".join(f"\\{byte:03o}" for byte in line) + '"' for line in lines)


def entry(root: pathlib.Path, file: pathlib.Path) -> tuple[str, str]:
    path = "/" + file.relative_to(root).as_posix()
    content_type = CONTENT_TYPES.get(file.suffix)
    if content_type is None:
        sys.exit(f"embed_assets.py: {file}: no content type is known for {file.suffix or 'a file without suffix'}")
    plain = file.read_bytes()
    packed = gzip.compress(plain, compresslevel=9, mtime=0)
    gzipped = len(packed) < len(plain)
    data = packed if gzipped else plain
    etag = 'W/\\"' + hashlib.sha256(plain).hexdigest()[:16] + '\\"'
    fields = [
        f'.path = "{path}"',
        f'.content_type = "{content_type}"',
        f'.etag = "{etag}"',
        f".immutable = {'true' if HASHED.match(path) else 'false'}",
        f".gzipped = {'true' if gzipped else 'false'}",
        f".bytes = std::string_view(\n{literal(data)},\n    {len(data)})",
    ]
    return path, "  {" + ",\n   ".join(fields) + "},\n"


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = [f for f in root.rglob("*") if f.is_file() and not f.name.startswith(".")]
    if root / "index.html" not in files:
        sys.exit(f"embed_assets.py: {root} has no index.html")
    # std::string_view compares bytes, as Python compares ASCII text.
    entries = [text for _, text in sorted(entry(root, f) for f in files)]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(
        '#include "serve/ui/assets.h"\n\n'
        "namespace tripod::serve {\n\n"
        "namespace {\n\n"
        f"constexpr Asset kAssets[] = {{\n{''.join(entries)}}};\n\n"
        "}  // namespace\n\n"
        "std::span<const Asset> assets() { return kAssets; }\n\n"
        "}  // namespace tripod::serve\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main()
