// SPDX-License-Identifier: Apache-2.0
// A structure that has a view through a codec.
// error: a view would outlive the rows it points into
#include <dsql/dsql.hpp>
struct label {
    std::string_view text;
};
struct row {
    int id;
    std::optional<label> name;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {text}; }
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name");
}
