#!/usr/bin/env python3
"""Reports every include that the floors of tools/floors.toml do not allow.

    tools/check_floors.py [--root DIR] [FILE...]

Each finding is one line, `file:line: rule; allowed: ...`. Exit code 0 without findings, 1 with, 2
when floors.toml itself is wrong.
"""
import argparse
import os
import re
import sys
import tomllib

SOURCE_SUFFIXES = (".h", ".cpp", ".c", ".cc", ".inc", ".def")
INCLUDE = re.compile(r'^\s*#\s*include\s*(<([^>]+)>|"([^"]+)")')
C_STANDARD = """assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time
uchar wchar wctype""".split()


class Floors:
    """The rules of floors.toml, with `allow`ed modules expanded to everything below them."""

    def __init__(self, table):
        self.direct = table["floors"]
        self.folders = table["folders"]
        self.api = table["api"]
        self.third_party = table["third_party"]
        self.posix = table["platform"]["posix"]
        self.instructions = table["platform"]["instructions"]
        self.instructions_in = table["platform"]["instructions_in"]
        for module, allowed in self.direct.items():
            for name in allowed:
                if not name.endswith(".h") and name not in self.direct:
                    raise ValueError(f"floors.toml: {module} allows {name}, which is no module")
        for header, owner in self.api.items():
            if owner not in self.direct:
                raise ValueError(f"floors.toml: {header} belongs to {owner}, which is no module")
        self.reach = {module: self._expand(module) for module in self.direct}

    def _expand(self, module):
        found, todo = set(), [module]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self.direct.get(name, []))
        return found

    def module_of(self, path):
        """The longest module name that is a folder of `path` (relative to src/), or None."""
        parts = path.split("/")[:-1]
        for count in range(len(parts), 0, -1):
            name = "/".join(parts[:count])
            if name in self.direct:
                return name
        return None

    def api_owner(self, header):
        if header in self.api:
            return self.api[header]
        folders = [key for key in self.api if key.endswith("/") and header.startswith(key)]
        return self.api[max(folders, key=len)] if folders else None


def matches(pattern, header):
    if pattern.endswith(("/", "*")):
        return header.startswith(pattern.rstrip("*"))
    return header == pattern


def lives_in(home, path):
    """Whether `path` (relative to src/) is home itself: its folder or a file that starts with it."""
    return path.startswith(home) and (len(path) == len(home) or not path[len(home)].isalnum())


class Checker:
    def __init__(self, floors, root):
        self.floors = floors
        self.root = root

    def check(self, path):
        """Yields (line, message) for each forbidden include of the file `path`, relative to root."""
        if path.startswith("include/") and not self.floors.api_owner(path.removeprefix("include/")):
            yield 1, f"{path} has no owner: add it to [api] of tools/floors.toml"
            return
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as source:
            for number, line in enumerate(source, 1):
                found = INCLUDE.match(line)
                if found:
                    header = found.group(2) or found.group(3)
                    message = self._problem(path, header, quoted=found.group(3) is not None)
                    if message:
                        yield number, message

    def _problem(self, path, header, quoted):
        top = path.split("/")[0]
        if top in self.floors.folders:
            return self._problem_in_folder(path, top, header, quoted)
        if path.startswith("include/"):
            return self._problem_in_api(self.floors.api_owner(path.removeprefix("include/")), header)
        inside = path.removeprefix("src/")
        module = self.floors.module_of(inside)
        if module is None:
            return f"{inside} is in no module of floors.toml"
        return self._problem_in_src(inside, module, header, quoted)

    def _problem_in_folder(self, path, top, header, quoted):
        allowed = self.floors.folders[top]
        if "*" in allowed or self._is_standard(header):
            return None
        if "api" in allowed and header.startswith("tern/"):
            return None
        if quoted and os.path.exists(os.path.join(self.root, os.path.dirname(path), header)):
            return None
        if quoted and header.startswith(top + "/"):
            return None
        names = "the standard library, its own files" + (", tern/*.h" if "api" in allowed else "")
        return f"{top} may not include {header}; allowed: {names}"

    def _problem_in_api(self, owner, header):
        if self._is_standard(header):
            return None
        if not header.startswith("tern/"):
            return f"a public header may not include {header}; allowed: the standard library, tern/*.h"
        return self._floor_problem(owner, header, self.floors.api_owner(header))

    def _problem_in_src(self, path, module, header, quoted):
        if header.startswith("tern/"):
            return self._floor_problem(module, header, self.floors.api_owner(header))
        homes = self._homes(header)
        if homes is not None:
            if "any" in homes or any(lives_in(home, path) for home in homes):
                return None
            return f"{header} may not be included here; allowed in: {', '.join(homes) or 'apps, tests, bench'}"
        if not quoted:
            return self._platform_problem(path, header)
        target = self.floors.module_of(header)
        if target is None:
            return f'"{header}" names no module; write the path from src/, like "graph/verify.h"'
        return self._floor_problem(module, header, target)

    def _floor_problem(self, module, header, target):
        if target is None:
            return f"{header} has no owner: add it to [api] of tools/floors.toml"
        reach = self.floors.reach[module]
        if target in reach or header in reach:
            return None
        return f"{module} may not include {header} ({target}); allowed: {', '.join(sorted(reach))}"

    def _homes(self, header):
        # protoc's output is protobuf, wherever it is included from.
        if header.endswith((".pb.h", "_generated.h")):
            return self._homes("flatbuffers/" if header.endswith("_generated.h") else "google/protobuf/")
        for pattern, homes in self.floors.third_party.items():
            if matches(pattern, header):
                return homes
        return None

    def _platform_problem(self, path, header):
        if self._is_standard(header) or any(matches(p, header) for p in self.floors.posix):
            return None
        if header in self.floors.instructions:
            homes = self.floors.instructions_in
            if any(lives_in(home, path) for home in homes):
                return None
            return f"<{header}> may not be included here; allowed in: {', '.join(homes)}"
        return f"<{header}> has no home: add it to [third_party] of tools/floors.toml"

    @staticmethod
    def _is_standard(header):
        """C++ headers have no suffix and no folder; C's are listed."""
        if header.endswith(".h"):
            return header.removesuffix(".h") in C_STANDARD
        return re.fullmatch(r"[a-z_]+", header) is not None


def sources(root):
    for top in ("include", "src", "apps", "tests", "bench", "examples", "micro"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(files):
                if name.endswith(SOURCE_SUFFIXES):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    parser.add_argument("files", nargs="*", help="relative to the root; all sources when none is given")
    arguments = parser.parse_args()
    try:
        with open(os.path.join(arguments.root, "tools/floors.toml"), "rb") as table:
            floors = Floors(tomllib.load(table))
    except (ValueError, KeyError, OSError) as error:
        print(f"check_floors: {error}", file=sys.stderr)
        return 2
    checker = Checker(floors, arguments.root)
    findings = 0
    for path in arguments.files or sources(arguments.root):
        for line, message in checker.check(path):
            print(f"{path}:{line}: {message}")
            findings += 1
    if findings:
        print(f"check_floors: {findings} includes break the floors of tools/floors.toml", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
