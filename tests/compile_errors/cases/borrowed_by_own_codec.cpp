// SPDX-License-Identifier: Apache-2.0
// A codec that says that it borrows.
// error: the view would outlive the row it points into
#include <dsql/dsql.hpp>
struct label {
    std::string_view text;
};
template <>
struct dsql::codec<label> {
    static constexpr bool borrows = true;
    static std::string name() { return "label"; }
    static constexpr bool reads(dsql::oid type) { return type == dsql::oids::text; }
    static label read(const dsql::binary_value& value) { return {value.bytes()}; }
};
label read(dsql::connection& session) {
    return session.query_value<label>("SELECT 'x'");
}
