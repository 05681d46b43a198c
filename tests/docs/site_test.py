# SPDX-License-Identifier: Apache-2.0
"""The pages of the site: what becomes of a document's line, which names are linked, and what the check of the site
finds."""

import shutil
import tempfile
import unittest
from pathlib import Path

import check_site
import documents
import doxygen_filter
import finish_pages
import markdown
import write_pages
from reference_names import Name, Names

GUIDE = Path("docs/pooling.md")


class Lines(unittest.TestCase):
    def setUp(self):
        self.pages = write_pages.Pages(Path("unused"))

    def converted(self, *lines, document=GUIDE):
        return [documents.shown(line) for line in self.pages.converted(["# Title", *lines], document)[1:]]

    def test_what_becomes_of_a_line(self):
        for line, expected in {
            "See [types](types.md#views).": "See [types](types.html#views).",
            "See [below](#hooks).": "See [below](pooling.html#hooks).",
            "the end of a](../README.md) link": "the end of a](index.html) link",
            "[the policy](../SECURITY.md)": "[the policy](project-security.html)",
            "[a header](../include/dsql/pool_stat.hpp)": "[a header](pool__stat_8hpp_source.html)",
            "[an example](../examples/batch.cpp)": "[an example](source-examples-batch-cpp.html)",
            "[elsewhere](https://example.com/a.md)": "[elsewhere](https://example.com/a.md)",
            "code `a](types.md)` stays": "code <code>a](types.md)</code> stays",
            "`--host <id>` and -- too": "<code>--host &lt;id&gt;</code> and -- too",
            r"me@example.com and \d": r"me@example.com and \d",
            "## When it *fails*": '<h2 id="when-it-fails">When it *fails*</h2>',
            "|---|:---|": "|---|:---|",
            "<!-- snippet: declarations": "",
        }.items():
            with self.subTest(line):
                self.assertEqual(self.converted(line), [expected])

    def test_doxygen_sees_none_of_its_commands(self):
        (line,) = self.pages.converted(["# T", r"`@copy \d #x %y` @see \n --option"], GUIDE)[1:]
        self.assertNotRegex(line, r"[@\\#%]|--")

    def test_each_line_keeps_its_number(self):
        for document in documents.documents():
            lines = (documents.ROOT / document).read_text(encoding="utf-8").splitlines()
            self.assertEqual(len(self.pages.converted(lines, document)), len(lines), document)

    def test_what_doxygen_would_take_for_something_else(self):
        for line, expected in {
            "53400. All programs together": "53400. All programs together",
            "`__LINE__` and `a_b`": "<code>__LINE__</code> and <code>a_b</code>",
        }.items():
            (converted,) = self.pages.converted(["# T", line], GUIDE)[1:]
            self.assertEqual(documents.shown(converted), expected)
            self.assertNotRegex(converted, r"__|^\d+\.")

    def test_code_stays_as_it_is(self):
        lines = ["```cpp", "a[0](types.md); // `x`", "# no heading", "```", "~~~", "```sh", "~~~"]
        self.assertEqual(self.converted(*lines),
                         ["~~~~{.cpp}", *lines[1:3], "~~~~", "~~~~{.unparsed}", "```sh", "~~~~"])

    def test_headings_of_one_name_have_different_anchors(self):
        lines = self.converted("## Options", "## Options", "### Options")
        self.assertEqual([line.split('"')[1] for line in lines], ["options", "options-1", "options-2"])

    def test_the_sources_that_documents_link_to_are_noted(self):
        self.converted("[one](../examples/batch.cpp) and [two](../bench/results)")
        self.assertEqual(self.pages.sources, {Path("examples/batch.cpp"), Path("bench/results")})

    def test_a_link_to_nothing_is_an_error(self):
        with self.assertRaisesRegex(documents.SiteError, "docs/pooling.md.*docs/poling.md"):
            self.converted("[typo](poling.md)")


class Documents(unittest.TestCase):
    def test_headings_have_the_names_that_the_links_of_documents_are_checked_with(self):
        for document in documents.documents():
            lines = (documents.ROOT / document).read_text(encoding="utf-8").splitlines()
            found = {documents.anchor_of(lines[0].lstrip("# "), set())}
            for line in write_pages.Pages(Path("unused")).converted(lines, document):
                if line.startswith("<h") and 'id="' in line:
                    found.add(line.split('"')[1])
            self.assertEqual(found, markdown.parse(lines, document).anchors, document)

    def test_the_navigation_has_each_document_once(self):
        linked = [target for group in documents.navigation() for _, target in group.links]
        self.assertEqual(len(linked), len(set(linked)))
        self.assertEqual([group.title for group in documents.navigation()],
                         ["Start", "Guides", "Tools", "Reference", "Project"])

    def test_each_public_header_has_a_guide(self):
        guides = documents.guides_of_headers()
        self.assertEqual(guides["dsql/pool.hpp"], ("The pool", "pooling.html"))
        self.assertEqual(guides["dsql/detail/asio/async_connection.hpp"], guides["dsql/asio.hpp"])


    def test_a_word_that_a_page_lacks_is_found(self):
        words = "".join(f"{word} " * number for word, number in check_site.words_of_document(GUIDE).items())
        self.assertEqual(check_site.errors_of_words(GUIDE, f"<main>{words}</main>"), [])
        self.assertEqual(check_site.errors_of_words(GUIDE, f"<main>{words.replace('pgxpool', '')}</main>")[0],
                         "pooling.html: words of docs/pooling.md are missing: "
                         + ", ".join(["pgxpool"] * check_site.words_of_document(GUIDE)["pgxpool"]))


class Headers(unittest.TestCase):
    HEADER = """namespace dsql::detail {
/// A detail.
class hidden_class {
};
}
namespace dsql {
namespace detail {
/// A detail.
void hidden();
}
/// A class.
class shown {
    /// A member.
    void member();
};
/// A function.
template <class T>
void transact(T body) {
    if (body) {
    }
}
void transact();
}
""".splitlines(keepends=True)

    def test_what_doxygen_gets_of_a_header(self):
        read = doxygen_filter.Filter(self.HEADER, ("The guide", "guide.html#it"))
        lines = read.run()
        self.assertEqual(len(lines), len(self.HEADER))
        self.assertNotIn("hidden", "".join(lines))
        self.assertEqual(read.functions, ["transact"])
        guide = '/** @guide <a href="guide.html#it">The guide</a> */ '
        self.assertEqual([line for line in lines if guide in line],
                         [guide + "class shown {\n", guide + "template <class T>\n"])
        self.assertIn("/** \\overload */ void transact();\n", lines)

    def test_a_function_that_the_reference_lacks_is_found(self):
        names = Names.__new__(Names)
        names.qualified = {}
        with self.assertRaisesRegex(documents.SiteError, r"dsql/\w+.hpp: the reference lacks the function \w+"):
            finish_pages.require_functions(names)


class CodeSpans(unittest.TestCase):
    def setUp(self):
        self.names = Names.__new__(Names)
        self.names.qualified, self.names.members = {}, {"acquire": [], "max_waiters": [], "load": []}
        for text, guide in (("pool", "pooling.html"), ("pool::acquire", "pooling.html"), ("transact", "retries.html"),
                            ("pool_options::max_waiters", "pooling.html"), ("retry_policy", "retries.html"),
                            ("table::load", "types.html"), ("a::twice_there", "x.html"), ("b::twice_there", "y.html")):
            name = Name(text, "class", f"{text}.html", guide)
            self.names.qualified[text] = name
            self.names.members.setdefault(text.rpartition("::")[2], []).append(name)
        self.names.members = dict(self.names.members)

    def test_which_name_a_code_span_means(self):
        for page, code, expected in (
            ("types.html", "dsql::pool", "pool"),
            ("types.html", "pool", None),  # here it may be a variable
            ("pooling.html", "pool", "pool"),
            ("types.html", "pool::acquire", "pool::acquire"),
            ("types.html", "pool.acquire()", "pool::acquire"),
            ("types.html", "pool.acquire()->begin()", None),
            ("pooling.html", "acquire", "pool::acquire"),
            ("command.html", "load", None),  # the command
            ("types.html", "retry_policy", "retry_policy"),
            ("types.html", "max_waiters", "pool_options::max_waiters"),
            ("types.html", "twice_there", None),
            ("x.html", "twice_there", "a::twice_there"),
            ("types.html", "std::pool", None),
            ("types.html", "dsql::transact(db, body)", "transact"),
        ):
            with self.subTest(f"{code} in {page}"):
                self.names.members.setdefault(code, [])
                found = self.names.find(code, page)
                self.assertEqual(found and found.text, expected)


class BuiltSite(unittest.TestCase):
    def setUp(self):
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.write("index.html", '<p id="top">One</p><a href="other.html#there">other</a>')
        self.write("other.html", '<p id="there">Two</p><a href="https://example.com/">elsewhere</a>')
        self.write("search_index.js", 'searchIndex([\n["Two","","other.html#there","text"]\n]);\n')
        self.write("site.css", "p { color: red }")
        self.write("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><style>p {}</style></svg>')

    def write(self, name, text):
        (self.directory / name).write_text(text, encoding="utf-8")

    def test_a_good_site(self):
        self.assertEqual(check_site.errors_in(self.directory), [])

    def test_what_is_wrong_with_a_page(self):
        for html, error in {
            '<a href="gone.html">x</a>': "gone.html leads to no page",
            '<a href="other.html#gone">x</a>': "other.html#gone leads to no anchor",
            '<a href="#gone">x</a>': "#gone leads to no anchor",
            '<img src="gone.svg"/>': "gone.svg leads to no page",
            '<img src="https://example.com/a.svg"/>': "<img> loads https://example.com/a.svg",
            '<img src="//example.com/a.svg"/>': "<img> loads //example.com/a.svg",
            '<img srcset="https://example.com/a.png 2x"/>': "<img> loads https://example.com/a.png 2x",
            '<script src="https://example.com/a.js"></script>': "<script> loads https://example.com/a.js",
            '<link href="https://example.com/a.css" rel="stylesheet"/>': "<link> loads https://example.com/a.css",
            '<iframe src="https://example.com/"></iframe>': "<iframe> loads https://example.com/",
            '<p style="background: url(https://example.com/a.png)">x</p>': "a style of <p> loads",
            "<script>alert(1)</script>": "a script stands in the page",
            '<p onclick="f()">x</p>': "<p> has the event handler onclick",
            '<a href="javascript:f()">x</a>': "javascript:f() leads to no page",
            "<div><p>x</p>": "<div> is not closed",
            "<p>x</p></div>": "</div> ends nothing",
        }.items():
            with self.subTest(html):
                self.write("index.html", html)
                errors = check_site.errors_in(self.directory)
                self.assertEqual(len(errors), 1, errors)
                self.assertRegex(errors[0], "^index.html")
                self.assertIn(error, errors[0])

    def test_what_is_wrong_with_another_file(self):
        for name, text, error in (
            ("search_index.js", 'searchIndex([\n["Two","","other.html#gone","text"]\n]);\n', "leads to no anchor"),
            ("search_index.js", "searchIndex([\n\n]);\n", "the search finds nothing"),
            ("site.css", "@import 'https://example.com/a.css';", "loads https://example.com/a.css"),
            ("site.css", "@font-face { src: url(//example.com/a.woff2) }", "loads //example.com/a.woff2"),
            ("a.svg", '<svg><image href="https://example.com/a.png"/></svg>', "loads https://example.com/a.png"),
            ("a.svg", "<svg><script>f()</script></svg>", "has a script"),
            ("search.js", 'fetch("https://example.com/")', "names an address elsewhere"),
        ):
            with self.subTest(text):
                self.setUp()
                self.write(name, text)
                (found,) = check_site.errors_in(self.directory)
                self.assertIn(error, found)

    def test_an_empty_site(self):
        (self.directory / "index.html").unlink()
        self.assertEqual(check_site.errors_in(self.directory), ["index.html is missing"])


if __name__ == "__main__":
    unittest.main()
