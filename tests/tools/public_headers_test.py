"""A program may include any of the public headers, in any order.

usage: public_headers_test.py COMPILER INCLUDE_FOLDER
"""

import pathlib
import subprocess
import sys
import unittest


class PublicHeaders(unittest.TestCase):
    compiler = "c++"
    include = pathlib.Path("include")

    def headers(self):
        found = sorted(str(p.relative_to(self.include)) for p in self.include.rglob("*.h"))
        self.assertGreater(len(found), 40)
        return found

    def assert_compiles(self, headers):
        source = "".join(f'#include "{header}"\n' for header in headers)
        command = [self.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
        command += ["-I", str(self.include), "-x", "c++", "-"]
        run = subprocess.run(command, input=source, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_all_of_them(self):
        self.assert_compiles(self.headers())

    def test_the_other_way_round(self):
        self.assert_compiles(reversed(self.headers()))


if __name__ == "__main__":
    PublicHeaders.compiler = sys.argv[1]
    PublicHeaders.include = pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
