// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of connection strings and endpoints: for any text they must return a config,
// or throw a config_error whose text is harmless. A host that was read resolves to itself, and each
// further host to an endpoint.
#include <dsql/config.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

void resolve(dsql::config settings) {
    settings.region = settings.region.empty() ? "us-east-1" : settings.region;
    settings.host_address = "";
    settings.profile.clear();
    const dsql::endpoint found = dsql::resolve_endpoint(settings);
    settings.host = found.host;
    settings.region = found.region;
    const dsql::endpoint again = dsql::resolve_endpoint(settings);
    // A host in upper case is no identifier of a cluster, and may look like one in lower case.
    require(again.host.starts_with(found.host));
    require(again.region == found.region && again.port == found.port);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const dsql::config settings = dsql::parse_connection_string(text);
        require(!settings.host.empty());
        resolve(settings);
        require(dsql::resolve_endpoints(settings).size() == settings.failover.size() + 1);
    } catch (const dsql::config_error& refusal) {
        require_harmless(refusal.what());
    }
    return 0;
}
