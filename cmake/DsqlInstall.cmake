# SPDX-License-Identifier: Apache-2.0
# Rules for "cmake --install" with components: runtime (the shared libraries), development (headers, archives,
# files for CMake and pkg-config), c (the shared library of the C interface, whose ABI has a version of its own), tools
# (the program dsql) and local (the program dsql-local). DsqlSbom.cmake adds one, sbom: the bill of materials.
include(CMakePackageConfigHelpers)

set(dsql_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/dsql")

# dsql_install_library(TARGET COMPONENT LINKAGE): installs a library as dsql::COMPONENT with a separate export set. So a
# project that needs only auth does not need the dependencies of dsql, and one that links the shared libraries does not
# need the dependencies of the static ones.
function(dsql_install_library target component linkage)
    set(runtime runtime)
    if(component STREQUAL "c")
        set(runtime c)
    endif()
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${component})
    install(TARGETS ${target} EXPORT dsql-${component}-${linkage}
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${runtime} NAMELINK_COMPONENT development
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
    install(EXPORT dsql-${component}-${linkage} NAMESPACE dsql::
        DESTINATION "${dsql_cmake_dir}" COMPONENT development)
endfunction()

if(NOT DSQL_LIBRARIES STREQUAL "shared")
    dsql_install_library(dsql_auth auth static)
    dsql_install_library(dsql_dsql dsql static)
    dsql_install_library(dsql_c c static)
endif()
if(NOT DSQL_LIBRARIES STREQUAL "static")
    dsql_install_library(dsql_auth_shared auth shared)
    dsql_install_library(dsql_dsql_shared dsql shared)
    dsql_install_library(dsql_c_shared c shared)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/dsql" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    COMPONENT development FILES_MATCHING PATTERN "*.hpp")
install(FILES "${PROJECT_SOURCE_DIR}/include/dsql.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)

configure_file("${PROJECT_SOURCE_DIR}/cmake/dsql-config.cmake.in" "${PROJECT_BINARY_DIR}/dsql-config.cmake" @ONLY)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/dsql-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/dsql-config.cmake" "${PROJECT_BINARY_DIR}/dsql-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/dsql-boost.cmake"
    DESTINATION "${dsql_cmake_dir}" COMPONENT development)

# The files derive the prefix from their own location, so that "cmake --install --prefix" works.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(dsql_pc_prefix "${CMAKE_INSTALL_PREFIX}")
    set(dsql_pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
    set(dsql_pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
    file(RELATIVE_PATH dsql_up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
    string(REGEX REPLACE "/$" "" dsql_up "${dsql_up}")
    set(dsql_pc_prefix "\${pcfiledir}/${dsql_up}")
    set(dsql_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(dsql_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
# Debian's linker drops a shared library that precedes the first file that uses it (--as-needed). One argument disables
# that for this library, so that the flags also work before the sources: g++ $(pkg-config --cflags --libs dsql)
# program.cpp
if(DSQL_LIBRARIES STREQUAL "static")
    set(dsql_pc_library "-ldsql")
    set(dsql_pc_auth_library "-ldsql_auth")
    set(dsql_pc_c_library "-ldsql_c")
else()
    set(dsql_pc_library "-Wl,--push-state,--no-as-needed,-ldsql,--pop-state")
    set(dsql_pc_auth_library "-Wl,--push-state,--no-as-needed,-ldsql_auth,--pop-state")
    set(dsql_pc_c_library "-Wl,--push-state,--no-as-needed,-ldsql_c,--pop-state")
endif()
configure_file("${PROJECT_SOURCE_DIR}/src/c/dsql-c.pc.in" "${PROJECT_BINARY_DIR}/dsql-c.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/dsql-c.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
foreach(name IN ITEMS dsql dsql-asio dsql-auth)
    configure_file("${PROJECT_SOURCE_DIR}/packaging/pkgconfig/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endforeach()

if(DSQL_BUILD_PROGRAMS)
    install(TARGETS dsql RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)
    install(TARGETS dsql-local RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT local)
    # The man pages and completions are optional, because they may not have been built.
    install(DIRECTORY "${PROJECT_BINARY_DIR}/share/" DESTINATION "${CMAKE_INSTALL_DATADIR}" COMPONENT tools OPTIONAL
        PATTERN "*dsql-local*" EXCLUDE)
    install(DIRECTORY "${PROJECT_BINARY_DIR}/share/" DESTINATION "${CMAKE_INSTALL_DATADIR}" COMPONENT local OPTIONAL
        FILES_MATCHING PATTERN "*dsql-local*")
endif()

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT runtime)
