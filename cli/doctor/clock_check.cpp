// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/clock_skew.hpp"
#include "doctor/sts_endpoint.hpp"

#include <algorithm>
#include <string>

namespace dsql_cli::doctor {

findings check_clock(doctor_context& context) {
    const std::string url = sts_url(context.endpoint.region);
    const std::string server = authority_of(url);
    const clock_reading reading = read_clock(url, std::min(sts_limit, context.options.timeout));
    if (!reading.error.empty()) {
        return {{.result = outcome::skipped,
                 .summary = "not checked: " + server + ": " + reading.error,
                 .advice = "a clock that is wrong would show at tls or login"}};
    }
    context.sts_responds = true;
    finding found = describe_clock(reading.ahead, "the HTTP Date of " + server);
    found.facts.emplace(found.facts.begin(), "server", server);
    return {found};
}

}  // namespace dsql_cli::doctor
