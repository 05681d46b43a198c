// SPDX-License-Identifier: Apache-2.0
#include "sql/index_job.hpp"

#include "sql/ddl_objects.hpp"

namespace dsql_local {
namespace {

// A string constant that needs no escapes, whatever is in it. The blank keeps the end of the text
// from running into the tag.
std::string dollar_quote(std::string_view text) {
    std::string tag = "$q$";
    for (int i = 0; text.find(tag) != std::string_view::npos; ++i) {
        tag = "$q" + std::to_string(i) + "$";
    }
    return tag + std::string(text) + " " + tag;
}

// What the index is on, as written; empty where the statement has no such part.
std::string_view find_table(std::string_view statement, const statement_words& words) {
    const auto& head = words.head();
    std::size_t on = 0;
    while (on < head.size() && !words.at(on, {"ON"})) {
        ++on;
    }
    const std::size_t begin = on + (words.at(on + 1, {"ONLY"}) ? 2 : 1);
    const std::size_t end = skip_qualified_name(words, begin);
    if (begin >= head.size() || end == begin) {
        return {};
    }
    return statement.substr(head[begin].offset - head[0].offset,
                            head[end - 1].end() - head[begin].offset);
}

}  // namespace

std::string make_index_job(std::string_view statement, const statement_words& words) {
    const std::size_t index = words.at(1, {"UNIQUE"}) ? 2 : 1;
    if (!words.at(0, {"CREATE"}) || !words.at(index, {"INDEX"}) ||
        !words.at(index + 1, {"ASYNC"})) {
        return "";
    }
    const sql_token& async = words.head()[index + 1];
    std::string plain(statement);
    plain.erase(async.offset - words.head()[0].offset, async.text.size());
    return "CALL dsql_local.create_index(" + dollar_quote(plain) + ", " +
           dollar_quote(find_table(statement, words)) + ")";
}

}  // namespace dsql_local
