# SPDX-License-Identifier: Apache-2.0
# With DSQL_PRECOMPILE_HEADERS, the headers of others that nearly every source reads are read once for each
# library, and once for all tests. Never ours: warnings in them would be lost, as in any system header.
# A source that forgets an include compiles with it all the same, so the preset tsan builds the library without.
set(dsql_common_headers
    <algorithm> <array> <chrono> <cstdint> <functional> <memory> <mutex> <optional> <span> <stop_token>
    <string> <string_view> <utility> <vector>)

# dsql_precompile(TARGET HEADER...): the common headers and these.
function(dsql_precompile target)
    if(DSQL_PRECOMPILE_HEADERS AND NOT DSQL_PRECOMPILE_HEADERS STREQUAL "tests")
        target_precompile_headers(${target} PRIVATE ${dsql_common_headers} ${ARGN})
    endif()
endfunction()

# All test programs use what dsql_codec_tests makes, which defines no macros of its own: g++ takes no headers that
# were made with others. The compilers refuse it where options differ.
function(dsql_precompile_test target)
    if(NOT DSQL_PRECOMPILE_HEADERS)
        return()
    endif()
    if(target STREQUAL dsql_codec_tests)
        target_precompile_headers(${target} PRIVATE ${dsql_common_headers}
            <filesystem> <fstream> <map> <thread> <gtest/gtest.h> <nlohmann/json.hpp>)
    else()
        target_precompile_headers(${target} REUSE_FROM dsql_codec_tests)
    endif()
endfunction()
