# SPDX-License-Identifier: Apache-2.0
"""The checks of the documents find what is broken, and say where."""

import shutil
import tempfile
import unittest
from pathlib import Path

import c_blocks
import check_documents
import cpp_blocks
import shell_blocks

GOOD = """# A page

See [below](#a-part-of-it) and [that one](other.md#there-it-is).

```cpp
#include <cmath>
int twice = 2 * number;
std::sqrt(twice);
```

<!-- snippet
int hidden = 1;
-->

```cpp
int next = hidden + 1;
```

<!-- snippet: declarations -->

```cpp
template <class T>
struct box { T content; };
```

```cpp
int main() {}
```

## A `part` of it

```sh
scripts/setup --ci | tee "a file"
X=1 dsql-local run -- sh -c 'exit 0'
```

```json
{"a": [1, 2]}
```

```cmake
add_subdirectory(somewhere)
```

<!-- snippet
long start = 0;
-->

```c
div_t parts = div(7, 2);
start += parts.quot;
```

```c
int main(void) { return 0; }
```

```python
for number in range(3):
    print(number)
```
"""


class Repository(unittest.TestCase):
    """A repository of its own for each test."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for name in ("scripts", "bench", "sources"):
            (self.root / name).mkdir()
        (self.root / "scripts/setup").touch()
        self.write("other.md", "# There it is\n")
        (self.root / "sources/prelude.hpp").write_text("inline int number = 1;\n")
        program = self.root / "dsql-local"
        program.write_text(
            '#!/bin/sh\ncase "$1" in run) echo "run: --port N";; *) echo "general --version" ;; esac\n'
        )
        program.chmod(0o755)

    def write(self, name, text):
        (self.root / name).write_text(text)

    def errors(self, text):
        self.write("page.md", text)
        sources = self.root / "sources"
        compiler = cpp_blocks.Compiler(
            ["c++", "-std=c++20", "-Wall", "-Werror", "-Wno-unused"], str(sources / "prelude.hpp"), sources
        )
        c_compiler = c_blocks.Compiler(["cc", "-std=c99", "-Wall", "-Werror", "-Wno-unused"], ["stdlib.h"], sources)
        return check_documents.check(self.root, compiler, c_compiler, shell_blocks.Programs(self.root, self.root))[1]

    def assert_one_error(self, text, *parts):
        errors = self.errors(text)
        self.assertEqual(len(errors), 1, errors)
        for part in parts:
            self.assertIn(part, errors[0])


class Documents(Repository):
    """The pages."""

    def test_what_is_right_passes(self):
        self.assertEqual(self.errors(GOOD), [])

    def test_code_that_does_not_compile_is_named_by_its_line(self):
        self.assert_one_error(GOOD.replace("hidden + 1", "hiden + 1"), "page.md:16:", "hiden")

    def test_hidden_code_is_named_by_its_line(self):
        self.assert_one_error(GOOD.replace("int hidden = 1;", "int hidden = one;"), "page.md:12:", "one")

    def test_a_missing_header_is_named_by_its_line(self):
        self.assert_one_error(GOOD.replace("<cmath>", "<nowhere>"), "page.md:6:", "nowhere")

    def test_programs_are_compiled_without_the_prelude(self):
        self.assert_one_error(GOOD.replace("main() {}", "main() { return number; }"), "page.md:27:", "number")

    def test_warnings_are_errors(self):
        self.assert_one_error(GOOD.replace("int next = hidden + 1;", "if (hidden = 1) {}"), "page.md:16:")

    def test_a_kind_that_does_not_exist(self):
        self.assert_one_error(GOOD.replace("snippet: declarations", "snippet: declaration"), "page.md:22:", "kind")

    def test_a_snippet_comment_without_a_block(self):
        self.assert_one_error("<!-- snippet: declarations -->\ntext\n", "page.md:2:", "code block")

    def test_a_block_without_an_end(self):
        self.assert_one_error("text\n```cpp\nint i;\n", "page.md:2:", "no end")

    def test_a_language_that_is_not_checked(self):
        self.assert_one_error("```c++\nint i;\n```\n", "page.md:2:", "c++")

    def test_shell_that_cannot_be_read(self):
        self.assert_one_error(GOOD.replace('"a file"', '"a file'), "page.md:33:", "bash")

    def test_a_script_that_is_not_there(self):
        self.assert_one_error(GOOD.replace("scripts/setup", "scripts/set-up"), "page.md:33:", "scripts/set-up")

    def test_a_command_that_a_program_does_not_have(self):
        self.assert_one_error(GOOD.replace("dsql-local run", "dsql-local walk"), "page.md:34:", "walk")

    def test_an_option_that_a_program_does_not_have(self):
        self.assert_one_error(GOOD.replace("local run", "local run --portal 1"), "page.md:34:", "--portal")

    def test_a_program_that_is_not_built(self):
        self.assert_one_error("```sh\nbuild/release/bin/dsql_missing\n```\n", "page.md:2:", "dsql_missing")

    def test_json_that_cannot_be_read(self):
        self.assert_one_error(GOOD.replace("[1, 2]", "[1, 2"), "page.md:38:", "JSON")

    def test_cmake_that_cannot_be_read(self):
        self.assert_one_error(GOOD.replace("add_subdirectory(somewhere)", "add_subdirectory("), "page.md:42:")

    def test_c_that_does_not_compile(self):
        self.assert_one_error(GOOD.replace("parts.quot", "parts.quote"), "page.md:51:", "quote")

    def test_a_program_in_c_that_does_not_compile(self):
        self.assert_one_error(GOOD.replace("(void) { return 0; }", "(void) { return start; }"), "page.md:55:", "start")

    def test_python_that_cannot_be_read(self):
        self.assert_one_error(GOOD.replace("range(3):", "range(3)"), "page.md:59:", "Python")

    def test_a_link_to_no_file(self):
        self.assert_one_error(GOOD.replace("other.md#", "others.md#"), "page.md:3:", "others.md")

    def test_a_link_to_no_heading(self):
        self.assert_one_error(GOOD.replace("#there-it-is", "#there"), "page.md:3:", "#there")

    def test_a_message_that_no_source_has(self):
        (self.root / "src").mkdir()
        (self.root / "src/a.cpp").write_text('throw error("cannot read " + name +\n    "; say " "\\"please\\"");\n')
        page = '<!-- messages of: src -->\n\n### `cannot read ...; say "please"`\n'
        self.assertEqual(self.errors(page), [])
        self.assert_one_error(page.replace("cannot", "can not"), "page.md:3:", "can not read")
        self.assertEqual(self.errors(page.replace("src", "others").replace("cannot", "can not")), [])

    def test_a_name_that_no_source_has(self):
        (self.root / "src/pg").mkdir(parents=True)
        (self.root / "src/pg/a.cpp").write_text("int token_cache;\n")
        page = "<!-- names of: src -->\n\n`pg/a.cpp` in `src/pg/`: `dsql::token_cache`, `any text`, `other.txt`\n"
        self.assertEqual(self.errors(page), [])
        self.assert_one_error(page.replace("pg/a.cpp", "g/a.cpp"), "page.md:3:", "g/a.cpp")
        self.assert_one_error(page.replace("src/pg/", "src/pq/"), "page.md:3:", "src/pq/")
        self.assert_one_error(page.replace("token_cache", "token_caches"), "page.md:3:", "token_caches")
        self.assertEqual(self.errors(page.replace("token_cache", "token_caches").replace("names of", "not of")), [])
        self.assertEqual(self.errors(page + "\n```\n`no_name`\n```\n"), [])

    def test_a_line_that_is_too_long(self):
        self.assert_one_error("text\n" + "word " * 30 + "\n", "page.md:2:", "120")
        self.assertEqual(self.errors("| " + "word " * 30 + "|\n\n```\n" + "word " * 30 + "\n```\n"), [])

    def test_a_test_that_is_not_there(self):
        (self.root / "a_test.cpp").write_text("TEST_P(Tls, IsVerified) {\n")
        (self.root / "CMakeLists.txt").write_text("add_test(NAME matrix COMMAND matrix)\n")
        page = "[`Tls.IsVerified`](a_test.cpp), [`matrix`](CMakeLists.txt)\n"
        self.assertEqual(self.errors(page), [])
        self.assert_one_error(page.replace("Verified", "Trusted"), "page.md:1:", "a_test.cpp has no test Tls.IsTrusted")
        self.assert_one_error(page.replace("matrix", "matrices"), "page.md:1:", "has no test matrices")
        self.assert_one_error(page.replace("a_test", "b_test"), "page.md:1:", "there is no b_test.cpp")

    def test_a_promise_without_a_test(self):
        (self.root / "a_test.cpp").write_text("TEST(Tls, IsVerified) {\n")
        item = "- It is\n  verified. Test:\n  [`Tls.IsVerified`](a_test.cpp).\n"
        page = f"# A\n\n<!-- tests of each item -->\n\n{item}{item}\n# B\n\n- Nothing.\n"
        self.assertEqual(self.errors(page), [])
        self.assert_one_error(page.replace(item, "- It is\n  so.\n", 1), "page.md:5:", "no test is named")

    def test_links_in_code_are_none(self):
        self.assertEqual(self.errors("Write `[text](nowhere.md)`.\n"), [])


HEADER = """#pragma once
namespace dsql {

// clang-format off
/// Twice a number, for which nothing is thrown.
///
/// ```cpp
/// int four = 2 * number;
/// ```
///
/// ```cpp
/// template <class T>
/// struct holder { T content; };
/// ```
// clang-format on
int twice(int number);  ///< as a result

/// Three times a number. @see twice
int thrice(int number);

}  // namespace dsql
"""


class Headers(Repository):
    """The docstrings of the public headers."""

    def setUp(self):
        super().setUp()
        (self.root / "include/dsql/codecs").mkdir(parents=True)
        (self.root / "include/dsql/detail").mkdir()

    def header_errors(self, text, name="twice.hpp"):
        self.write(f"include/dsql/{name}", text)
        return self.errors("# A page\n")

    def assert_one_header_error(self, text, *parts, name="twice.hpp"):
        errors = self.header_errors(text, name)
        self.assertEqual(len(errors), 1, errors)
        for part in parts:
            self.assertIn(part, errors[0])

    def test_docstrings_that_are_right_pass(self):
        self.assertEqual(self.header_errors(HEADER), [])

    def test_code_in_a_docstring_is_compiled(self):
        self.assert_one_header_error(HEADER.replace("2 * number;", "2 * numbr;"), "twice.hpp:8:", "numbr")

    def test_declarations_in_a_docstring_are_compiled(self):
        self.assert_one_header_error(HEADER.replace("{ T content", "{ U content"), "twice.hpp:13:", "U")

    def test_headers_of_codecs_are_public(self):
        self.assert_one_header_error(
            HEADER.replace("2 * number;", "2 * numbr;"), "codecs/a.hpp:8:", name="codecs/a.hpp"
        )

    def test_details_are_not(self):
        self.assertEqual(self.header_errors(HEADER.replace("2 * number;", "2 * numbr;"), "detail/a.hpp"), [])

    def test_code_without_a_fence(self):
        text = "/// Twice.\n///\n///     int four = 2 * number;\nint twice(int number);\n"
        self.assert_one_header_error(text, "twice.hpp:3:", "fence")

    def test_code_that_a_formatter_may_flow(self):
        errors = self.header_errors(HEADER.replace("// clang-format off\n", ""))
        self.assertTrue(errors and all("clang-format off" in error for error in errors), errors)

    def test_docstrings_that_do_not_stand_alone(self):
        for phrase in (
            "Throws as a statement does.",
            "Three times. Throws as `twice` does.",
            "The same, with limits.",
            "The same for three.",
            "See `twice`.",
            "As `twice`.",
        ):
            with self.subTest(phrase):
                self.assertTrue(self.header_errors(HEADER.replace("Three times a number. @see twice", phrase)))


if __name__ == "__main__":
    unittest.main(verbosity=1)
