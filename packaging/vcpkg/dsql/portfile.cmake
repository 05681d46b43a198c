# SPDX-License-Identifier: Apache-2.0
# source: An overlay port that builds the checkout it lies in: vcpkg install dsql --overlay-ports=packaging/vcpkg
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)
# end of source

if(VCPKG_LIBRARY_LINKAGE STREQUAL "dynamic")
    set(libraries shared)
else()
    set(libraries static)
endif()
vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES tools DSQL_BUILD_PROGRAMS)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        ${features}
        -DDSQL_LIBRARIES=${libraries}
        -DDSQL_BUILD_EXAMPLES=OFF
        -DDSQL_BUILD_TESTS=OFF
        -DDSQL_BUILD_BENCH=OFF
    OPTIONS_RELEASE
        "-DDSQL_LIBPQ_ROOT=${CURRENT_INSTALLED_DIR}"
    OPTIONS_DEBUG
        "-DDSQL_LIBPQ_ROOT=${CURRENT_INSTALLED_DIR}/debug"
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/dsql)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
    vcpkg_copy_tools(TOOL_NAMES dsql dsql-local AUTO_CLEAN)
endif()

file(REMOVE_RECURSE
    "${CURRENT_PACKAGES_DIR}/debug/include"
    "${CURRENT_PACKAGES_DIR}/debug/share"
    "${CURRENT_PACKAGES_DIR}/share/doc"
)
file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
