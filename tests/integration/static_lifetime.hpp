// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Makes the object that DSQL_TEST_STATIC names, unless it exists, and uses it.
extern "C" __attribute__((visibility("default"))) void use_static_object();
