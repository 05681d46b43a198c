// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/copy_data_operation.hpp"

#include "pg/io/input.hpp"

#include <libpq-fe.h>

namespace dsql::pg {

wait_for copy_data_operation::step() {
    size_ = PQgetCopyData(handle_, &data_, 1);
    if (size_ == 0 && consume_input(handle_)) {
        size_ = PQgetCopyData(handle_, &data_, 1);
    }
    if (size_ == 0 && PQstatus(handle_) == CONNECTION_OK) {
        return wait_for::readable;
    }
    return wait_for::done;
}

int copy_data_operation::socket() const {
    return PQsocket(handle_);
}

}  // namespace dsql::pg
