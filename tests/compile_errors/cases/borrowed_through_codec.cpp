// SPDX-License-Identifier: Apache-2.0
// A codec through a view is a view.
// error: the view would outlive the row it points into
#include <dsql/dsql.hpp>
struct label {
    std::string_view text;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {text}; }
};
label read(dsql::connection& session) {
    return session.query_value<label>("SELECT 'x'");
}
