// SPDX-License-Identifier: Apache-2.0
// What the cases that do not compile have beside them.
// compiles
#include <dsql/dsql.hpp>
struct label {
    std::string text;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static constexpr bool borrows = false;
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {std::string(text)}; }
};
struct row {
    const int id;
    std::optional<label> name;
    std::vector<bool> flags;
    std::chrono::hh_mm_ss<std::chrono::seconds> time;
};
std::vector<row> read(dsql::connection& session) {
    static_cast<void>(session.query_all<bool>("SELECT true"));
    static_cast<void>(session.query_value<label>("SELECT 'x'"));
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name, '{}'::bool[] AS flags");
}
struct view {
    const int& id;
    std::string_view name;
};
void write(dsql::copy_writer& copy, const view& one) {
    copy.row(one);
}
