# SPDX-License-Identifier: Apache-2.0
"""The check of the architecture's diagram finds what is drawn wrong."""

import shutil
import tempfile
import unittest
from pathlib import Path

import draw_architecture


class Diagram(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for room, (_, layer) in draw_architecture.drawn_rooms().items():
            for folder in (room, *(f"{room}/{part}" for part in layer.parts)):
                (self.root / "src" / folder).mkdir(parents=True)
        (self.root / "docs").mkdir()
        (self.root / draw_architecture.PICTURE).write_text(draw_architecture.picture())

    def errors_with(self, path, included):
        source = self.root / "src" / path
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f'#include <vector>\n#include "{included}"\n')
        errors = draw_architecture.errors_in(self.root)
        source.unlink()
        return errors

    def test_rooms_include_what_is_below_them(self):
        for path, included in (
            ("pool/a.cpp", "pg/session/b.hpp"),
            ("connector/a.cpp", "config/b.hpp"),
            ("pg/session/a.hpp", "pg/io/b.hpp"),
            ("pg/session/a.hpp", "pg/b.hpp"),
            ("pg/a.hpp", "pg/session/b.hpp"),
            ("aws/providers/sts/a.cpp", "aws/providers/b.hpp"),
            ("base/a.cpp", "base/b.hpp"),
        ):
            self.assertEqual(self.errors_with(path, included), [], path)

    def test_no_room_includes_what_is_above_or_beside_it(self):
        for path, included in (
            ("base/a.cpp", "errors/b.hpp"),
            ("pg/io/a.cpp", "pg/session/b.hpp"),
            ("pg/io/a.cpp", "config/b.hpp"),
            ("aws/token/a.cpp", "pg/b.hpp"),
            ("pool/a.cpp", "occ/b.hpp"),
            ("aws/signing/a.cpp", "aws/providers/sts/b.hpp"),
        ):
            errors = self.errors_with(path, included)
            self.assertEqual(len(errors), 1, path)
            self.assertIn(f"src/{path}", errors[0])

    def test_a_room_that_does_not_exist(self):
        self.assertIn("src/asio/", self.errors_with("base/a.cpp", "asio/b.hpp")[0])

    def test_a_source_in_no_room(self):
        self.assertIn("src/a.cpp", self.errors_with("a.cpp", "base/b.hpp")[0])

    def test_folders_and_boxes_agree(self):
        (self.root / "src/asio").mkdir()
        (self.root / "src/pg/types").rmdir()
        errors = draw_architecture.errors_in(self.root)
        self.assertEqual(len(errors), 2, errors)
        self.assertIn("src/asio", errors[0])
        self.assertIn("src/pg/types", errors[1])

    def test_a_picture_that_is_out_of_date(self):
        (self.root / draw_architecture.PICTURE).write_text("<svg/>")
        self.assertIn("out of date", draw_architecture.errors_in(self.root)[0])


if __name__ == "__main__":
    unittest.main(verbosity=1)
