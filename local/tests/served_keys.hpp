// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/test_keys.hpp"
#include "support/endpoint_process.hpp"

namespace dsql_local_test {

/// The keys of a running endpoint, as it printed them.
inline dsql_local::test_keys keys_of(const endpoint_process& served) {
    dsql_local::test_keys keys = {.access_key_id = served["AWS_ACCESS_KEY_ID"],
                                  .secret_access_key = served["AWS_SECRET_ACCESS_KEY"],
                                  .region = served["AWS_REGION"]};
    if (served.exports("AWS_SESSION_TOKEN")) {
        keys.session_token = served["AWS_SESSION_TOKEN"];
    }
    return keys;
}

}  // namespace dsql_local_test
