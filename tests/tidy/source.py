"""The repository's files as the checks see them, and C++ source without its comments and texts."""

import dataclasses
import re
import subprocess

# A comment, a raw string, a string, or a character literal (not the ' of 1'000).
SKIPPED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s"]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)


def without_comments_and_texts(text):
    """The same lines, with comments and the insides of literals blanked out."""

    def blank(match):
        found = match.group(0)
        filler = re.sub(r"[^\n]", " ", found)
        if found.startswith("/"):
            return filler
        return found[0] + filler[1:-1] + found[-1] if len(filler) > 1 else filler

    return SKIPPED.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Tree:
    """Text files by path from the top of the repository."""

    def __init__(self, files, binaries=()):
        self.files = files
        self.binaries = frozenset(binaries)  # paths of what is no text
        self._code = {}

    @staticmethod
    def of_repository(root):
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode().split("\0")
        files, binaries = {}, []
        for name in filter(None, listed):
            try:
                files[name] = (root / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                binaries.append(name)
            except (FileNotFoundError, IsADirectoryError):
                continue  # a deletion that is not committed yet
        return Tree(files, binaries)

    def code(self, path):
        if path not in self._code:
            self._code[path] = without_comments_and_texts(self.files[path])
        return self._code[path]

    def paths(self, *patterns):
        """Those that match any glob, where * stays in one folder and **/ does not; sorted."""
        return sorted(p for p in self.files if any(_matches(p, g) for g in patterns))

    def cpp(self):
        return [p for p in sorted(self.files) if p.startswith("src/") and p.endswith((".h", ".cc"))]


def _matches(path, glob):
    return re.fullmatch(re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*"), path) is not None


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def is_test(path):
    name = path.rsplit("/", 1)[-1]
    return bool(re.search(r"_(test|fuzz|benchmark)\.cc$|^test_", name)) or "/testing/" in path
