#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes endpoint_vectors.json: the endpoints of the services that credentials come from, for every
region of every partition and all variants, by the endpoint rules that AWS publishes with botocore.

Run by hand with botocore 1.43 or later: python3 make_endpoint_vectors.py > endpoint_vectors.json
"""
import json

import botocore.session
from botocore.endpoint_provider import EndpointProvider

# Of the operations that are called here, as their models have them.
PARAMETERS = {
    "sts": {"UseGlobalEndpoint": False},
    "sso": {},
    "sso-oidc": {},
    "signin": {"IsControlPlane": False},
}


def main():
    """One line for each region: the URLs of each service, plain, FIPS, dual-stack and both."""
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    lines = []
    for partition in partitions["partitions"]:
        for region in sorted(partition["regions"]):
            case = {"partition": partition["id"], "region": region}
            for service, parameters in PARAMETERS.items():
                rules = loader.load_service_model(service, "endpoint-rule-set-1")
                provider = EndpointProvider(rules, partitions)
                case[service] = [
                    provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack,
                                              **parameters).url
                    for dualstack in (False, True) for fips in (False, True)]
            lines.append(json.dumps(case))
    print("[\n" + ",\n".join(lines) + "\n]")


if __name__ == "__main__":
    main()
