// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/resolver.hpp"

#include <dsql/error.hpp>

#include "base/name_lookup.hpp"

namespace dsql::pg {

std::vector<std::string> resolve(const std::string& host, const deadline& until,
                                 const std::stop_token& stop) {
    const detail::name_lookup_result result = detail::look_up_name(host, until.at(), stop);
    switch (result.end) {
        case detail::lookup_end::found:
            return result.addresses;
        case detail::lookup_end::stopped:
            throw cancelled_error("connecting to " + host + ": " + result.why);
        case detail::lookup_end::timed_out:
            throw timeout_error("connecting to " + host + ": " + result.why);
        case detail::lookup_end::failed:
        case detail::lookup_end::no_thread:
            break;
    }
    throw connection_error(connection_phase::resolve, "connecting to " + host + ": " + result.why,
                           connection_cause{.code = result.code});
}

}  // namespace dsql::pg
