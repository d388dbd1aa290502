"""Cases for tools/install_packages.sh, with stand-ins for dpkg-query, apt-get, id and sudo."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = "# comment\n[build]\ng++\ncmake\n\n[run]\ncurl\n[test]\ncurl\npython3\n"


class InstallPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tools").mkdir()
        (self.root / "bin").mkdir()
        shutil.copy(ROOT / "tools/install_packages.sh", self.root / "tools")
        (self.root / "packages.txt").write_text(LIST, encoding="utf-8")
        self.stand_in("apt-get", 'echo "$*" >> "$CALLS"')
        self.stand_in("id", "echo 0")

    def stand_in(self, name, script):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def installed(self, *packages):
        lines = "".join(f"ii {name}\\n" for name in packages) + "rc gone\\n"
        self.stand_in("dpkg-query", f"printf '{lines}'")

    def run_script(self, *sections):
        calls = self.root / "calls"
        calls.unlink(missing_ok=True)
        environment = os.environ | {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}", "CALLS": str(calls)}
        done = subprocess.run(
            [self.root / "tools/install_packages.sh", *sections], env=environment, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done, calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def test_nothing_missing_calls_nothing(self):
        self.installed("g++", "cmake", "curl", "python3")
        done, calls = self.run_script()
        self.assertEqual((done.returncode, done.stdout, calls), (0, "", []))

    def test_only_missing_packages_of_the_sections_are_installed(self):
        self.installed("cmake")
        done, calls = self.run_script("build", "run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(calls), 2)
        self.assertTrue(calls[0].endswith("update"), calls)
        self.assertTrue(calls[1].endswith("--no-install-recommends curl g++"), calls)

    def test_a_removed_package_counts_as_missing(self):
        (self.root / "packages.txt").write_text("[build]\ngone\n", encoding="utf-8")
        self.installed("g++")
        _, calls = self.run_script("build")
        self.assertTrue(calls[1].endswith(" gone"), calls)

    def test_failure_names_the_packages_and_what_apt_said(self):
        self.installed("cmake")
        self.stand_in("apt-get", 'case "$*" in *install*) echo "E: no such thing"; exit 100;; esac')
        done, _ = self.run_script("build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: no such thing", done.stderr)
        self.assertIn("could not install: g++", done.stderr)

    def test_a_failing_update_still_tries_the_lists_at_hand(self):
        self.installed("cmake")
        self.stand_in("apt-get", 'case "$*" in *update) exit 100;; *) echo "$*" >> "$CALLS";; esac')
        done, calls = self.run_script("build")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(calls), 1)

    def test_without_root_sudo_is_used_and_never_asks(self):
        self.installed("cmake")
        self.stand_in("id", "echo 1000")
        self.stand_in("sudo", 'echo "sudo $1" >> "$CALLS"')
        done, calls = self.run_script("build")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls, ["sudo -n", "sudo -n"])

    def test_an_unknown_section_is_an_error(self):
        self.installed("g++")
        done, _ = self.run_script("bulid")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no section [bulid]", done.stderr)


class PackageList(unittest.TestCase):
    def setUp(self):
        self.lines = (ROOT / "packages.txt").read_text(encoding="utf-8").splitlines()

    def test_sections_are_sorted_and_without_duplicates(self):
        sections = {}
        for line in self.lines:
            if line.startswith("["):
                names = sections.setdefault(line, [])
            elif line and not line.startswith("#"):
                names.append(line)
        self.assertEqual(list(sections), ["[build]", "[run]", "[test]"])
        for section, names in sections.items():
            self.assertEqual(names, sorted(set(names)), section)

    def test_names_are_package_names_and_boost_is_1_81_only(self):
        for line in self.lines:
            if line and not line.startswith(("#", "[")):
                self.assertRegex(line, re.compile(r"^[a-z0-9][a-z0-9+.-]+$"))
                self.assertFalse(line.startswith("libboost") and "1.81" not in line, line)


if __name__ == "__main__":
    unittest.main()
