# SPDX-License-Identifier: Apache-2.0
# Finds the headers of Boost that dsql/asio.hpp needs, of version 1.81 or later, and sets dsql_boost_include_dir: empty
# without them. It looks for the headers themselves, because not every package of Boost brings files for CMake.
find_path(DSQL_BOOST_INCLUDE_DIR boost/asio/any_io_executor.hpp DOC "Where the headers of Boost are")
set(dsql_boost_include_dir "")
if(EXISTS "${DSQL_BOOST_INCLUDE_DIR}/boost/version.hpp")
    file(STRINGS "${DSQL_BOOST_INCLUDE_DIR}/boost/version.hpp" dsql_boost_version
        REGEX "^#define BOOST_VERSION [0-9]+$")
    string(REGEX MATCH "[0-9]+$" dsql_boost_version "${dsql_boost_version}")
    if(dsql_boost_version GREATER_EQUAL 108100)
        set(dsql_boost_include_dir "${DSQL_BOOST_INCLUDE_DIR}")
    endif()
    unset(dsql_boost_version)
endif()
