// SPDX-License-Identifier: Apache-2.0
// error: this structure has a member that is a C array
#include <dsql/dsql.hpp>
struct row {
    int numbers[3];
    std::string name;
};
void write(dsql::copy_writer& copy, const row& one) {
    copy.row(one);
}
