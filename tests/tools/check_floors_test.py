"""Cases for tools/check_floors.py: small trees with one forbidden or allowed include each."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True
import check_floors  # noqa: E402, found through the path above


def run(files, floors=None):
    """Runs the checker over a tree made of `files` (path -> text); returns (exit code, findings)."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "tools").mkdir()
        table = floors or (ROOT / "tools/floors.toml").read_text(encoding="utf-8")
        (root / "tools/floors.toml").write_text(table, encoding="utf-8")
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        printed = io.StringIO()
        with mock.patch.object(sys, "argv", ["check_floors", "--root", folder]), \
                contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            return check_floors.main(), printed.getvalue().splitlines()


class Floors(unittest.TestCase):
    def assert_allowed(self, path, include):
        self.assertEqual(run({path: f"#include {include}\n"}), (0, []))

    def assert_forbidden(self, path, include, *words):
        code, findings = run({path: f"// a comment\n#include {include}\n"})
        self.assertEqual(code, 1, include)
        self.assertEqual(len(findings), 1)
        self.assertTrue(findings[0].startswith(f"{path}:2: "), findings[0])
        for word in words:
            self.assertIn(word, findings[0])

    def test_a_module_may_include_itself_and_what_lies_below(self):
        self.assert_allowed("src/graph/verify.cpp", '"graph/verify.h"')
        self.assert_allowed("src/passes/fold.cpp", '"base/check.h"')
        self.assert_allowed("src/train/trainer.cpp", '"backend/cpu/threads.h"')

    def test_a_module_may_not_include_what_stands_above(self):
        self.assert_forbidden("src/base/log.cpp", '"graph/verify.h"', "base may not", "allowed: base")
        self.assert_forbidden("src/import/onnx/read.cpp", '"passes/fold.h"', "import", "ops")
        self.assert_forbidden("src/edge/queue/log.cpp", '"serve/batch/batcher.h"', "edge")

    def test_public_headers_count_as_their_module(self):
        self.assert_allowed("src/passes/fold.cpp", '"tern/tensor.h"')
        self.assert_forbidden("src/base/log.cpp", '"tern/tensor.h"', "tensor")

    def test_a_public_header_includes_no_third_party_and_nothing_private(self):
        self.assert_forbidden("include/tern/tensor.h", "<fmt/format.h>", "public header")
        self.assert_forbidden("include/tern/tensor.h", '"base/check.h"', "public header")
        self.assert_forbidden("include/tern/status.h", '"tern/tensor.h"', "base may not")
        self.assert_allowed("include/tern/tensor.h", '"tern/status.h"')

    def test_a_public_header_without_an_owner_is_reported_once(self):
        code, findings = run({"include/tern/odd.h": '#include <vector>\n#include "tern/status.h"\n'})
        self.assertEqual(code, 1)
        self.assertEqual(len(findings), 1)
        self.assertIn("[api]", findings[0])

    def test_one_header_of_a_module_can_be_allowed_alone(self):
        self.assert_allowed("src/passes/layout.cpp", '"backend/backend.h"')
        self.assert_forbidden("src/passes/layout.cpp", '"backend/cpu/gemm.h"', "backend/backend.h")

    def test_a_front_end_sees_the_core_and_not_the_reverse(self):
        self.assert_allowed("src/serve/http/infer.cpp", '"serve/batch/batcher.h"')
        self.assert_forbidden("src/serve/batch/batcher.cpp", '"serve/http/infer.h"')
        self.assert_forbidden("src/serve/http/infer.cpp", '"serve/grpc/infer.h"')

    def test_third_party_headers_stay_at_home(self):
        self.assert_allowed("src/base/json.cpp", "<nlohmann/json.hpp>")
        self.assert_allowed("src/base/json_writer.h", "<nlohmann/json.hpp>")
        self.assert_forbidden("src/base/jsonish.cpp", "<nlohmann/json.hpp>", "base/json")
        self.assert_forbidden("src/graph/graph.cpp", "<boost/asio.hpp>", "net")
        self.assert_allowed("src/graph/graph.cpp", "<fmt/format.h>")
        self.assert_forbidden("src/graph/graph.cpp", "<gtest/gtest.h>", "tests")

    def test_generated_messages_count_as_protobuf(self):
        self.assert_allowed("src/import/onnx/read.cpp", '"proto/onnx.pb.h"')
        self.assert_forbidden("src/graph/graph.cpp", '"proto/onnx.pb.h"', "import/onnx")

    def test_unknown_headers_are_reported(self):
        self.assert_forbidden("src/base/log.cpp", "<curl/curl.h>", "no home")
        self.assert_forbidden("src/graph/verify.cpp", '"verify.h"', "names no module")
        self.assert_forbidden("src/nowhere/a.cpp", "<vector>", "no module")

    def test_platform_headers(self):
        self.assert_allowed("src/base/file.cpp", "<sys/mman.h>")
        self.assert_allowed("src/backend/cpu/gemm.cpp", "<immintrin.h>")
        self.assert_forbidden("src/graph/graph.cpp", "<immintrin.h>", "backend/cpu")
        self.assert_allowed("src/graph/graph.cpp", "<math.h>")

    def test_micro_is_plain_c(self):
        self.assert_allowed("micro/conv.c", "<stdint.h>")
        self.assert_allowed("micro/conv.c", '"micro/conv.h"')
        self.assert_forbidden("micro/conv.c", '"tensor/shape.h"')

    def test_examples_see_the_public_headers_only(self):
        self.assert_allowed("examples/hello/main.cpp", '"tern/status.h"')
        self.assert_forbidden("examples/hello/main.cpp", '"base/check.h"')

    def test_tests_and_apps_may_include_anything(self):
        self.assert_allowed("tests/graph/graph_test.cpp", "<gtest/gtest.h>")
        self.assert_allowed("apps/tern/main.cpp", "<CLI/CLI.hpp>")

    def test_a_table_that_names_an_unknown_module_is_refused(self):
        table = (ROOT / "tools/floors.toml").read_text(encoding="utf-8")
        code, _ = run({}, floors=table.replace('graph = ["tensor"]', 'graph = ["tonsor"]'))
        self.assertEqual(code, 2)


if __name__ == "__main__":
    unittest.main()
