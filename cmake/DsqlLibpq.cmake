# SPDX-License-Identifier: Apache-2.0
# Finds libpq as the target dsql_libpq: the private one in DSQL_LIBPQ_ROOT if it exists, else the system's.
# scripts/setup builds a private one on distributions whose libpq is older than 17.
find_path(DSQL_LIBPQ_INCLUDE_DIR libpq-fe.h
    HINTS "${DSQL_LIBPQ_ROOT}/include" NO_DEFAULT_PATH)
find_library(DSQL_LIBPQ_LIBRARY NAMES pq
    HINTS "${DSQL_LIBPQ_ROOT}/lib" NO_DEFAULT_PATH)
if(NOT DSQL_LIBPQ_INCLUDE_DIR OR NOT DSQL_LIBPQ_LIBRARY)
    unset(DSQL_LIBPQ_INCLUDE_DIR CACHE)
    unset(DSQL_LIBPQ_LIBRARY CACHE)
    find_path(DSQL_LIBPQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql)
    find_library(DSQL_LIBPQ_LIBRARY NAMES pq)
endif()
if(NOT DSQL_LIBPQ_INCLUDE_DIR OR NOT DSQL_LIBPQ_LIBRARY)
    message(FATAL_ERROR "libpq was not found. Run scripts/setup, or install libpq-dev, "
                        "or set DSQL_LIBPQ_ROOT to a prefix that has include/libpq-fe.h and lib/libpq.so.")
endif()
message(STATUS "libpq: ${DSQL_LIBPQ_LIBRARY}")
add_library(dsql_libpq UNKNOWN IMPORTED)
set_target_properties(dsql_libpq PROPERTIES
    IMPORTED_LOCATION "${DSQL_LIBPQ_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${DSQL_LIBPQ_INCLUDE_DIR}")
