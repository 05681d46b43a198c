# SPDX-License-Identifier: Apache-2.0
# Debian packages, made by CPack: libdsqlN (N is the ABI version), libdsql-dev, dsql-tools and dsql-local. Use
# scripts/packages, which sets CMAKE_INSTALL_LIBDIR as Debian requires.
set(DSQL_PACKAGE_MAINTAINER "The authors of dsql <dsql@localhost>" CACHE STRING
    "Name and address in the packages, as \"Name <address>\"")

# The version is, for example, 0.1.0-1~deb12. So packages for different releases of Debian have different versions, and
# an upgrade of Debian installs the newer one.
cmake_host_system_information(RESULT dsql_distribution QUERY DISTRIB_ID)
cmake_host_system_information(RESULT dsql_distribution_version QUERY DISTRIB_VERSION_ID)
set(dsql_package_release 1)
if(dsql_distribution STREQUAL "debian" AND dsql_distribution_version)
    set(dsql_package_release "1~deb${dsql_distribution_version}")
endif()
set(dsql_package_version "${PROJECT_VERSION}-${dsql_package_release}")
set(dsql_runtime_package "libdsql${DSQL_ABI_VERSION}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dsql)
set(CPACK_PACKAGE_VENDOR dsql)
set(CPACK_PACKAGE_CONTACT "${DSQL_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "${dsql_package_release}")
set(CPACK_DEBIAN_PACKAGE_SOURCE dsql)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# CPack derives dependencies from the binaries. libdsql.so uses libdsql_auth.so of the same package. If the build used a
# private libpq (.deps/libpq), the only difference is weak references to functions of version 17; the packages depend on
# the system's libpq.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME "${dsql_runtime_package}")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/src")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "libpq5 (>= 15), ca-certificates")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "The shared libraries.
Connections to Amazon Aurora DSQL for programs in C++: IAM tokens, credentials,
verified TLS, a pool that keeps to DSQL's limits, and retries of conflicts.")

# The dependencies of the static libraries, for programs that link them.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libdsql-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
string(JOIN ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${dsql_runtime_package} (= ${dsql_package_version})"
    "libpq-dev (>= 15)" "libssl-dev (>= 3)" "libcurl4-openssl-dev | libcurl-dev" libpugixml-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "dsql-tools, dsql-local, libboost-dev (>= 1.81), nlohmann-json3-dev, libpqxx-dev (>= 7.8)")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "The development files.
Headers, static libraries, and what CMake's find_package and pkg-config need to
find them.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME dsql-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION database)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS postgresql-client)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS dsql-local)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "The program dsql.
It makes tokens, starts psql with one, finds what keeps a program from
connecting, says where credentials come from, and loads files.")

# A package of its own, because it needs a PostgreSQL server.
set(CPACK_DEBIAN_LOCAL_PACKAGE_NAME dsql-local)
set(CPACK_DEBIAN_LOCAL_PACKAGE_SECTION database)
set(CPACK_DEBIAN_LOCAL_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LOCAL_PACKAGE_DEPENDS "postgresql (>= 15)")
set(CPACK_DEBIAN_LOCAL_PACKAGE_RECOMMENDS postgresql-client)
set(CPACK_DEBIAN_LOCAL_PACKAGE_SUGGESTS dsql-tools)
# dsql-tools contained the program before.
set(CPACK_DEBIAN_LOCAL_PACKAGE_BREAKS "dsql-tools (<< ${dsql_package_version})")
set(CPACK_DEBIAN_LOCAL_PACKAGE_REPLACES "dsql-tools (<= ${dsql_package_version})")
set(CPACK_DEBIAN_LOCAL_DESCRIPTION "An endpoint like that of Amazon Aurora DSQL.
It runs on this machine, with a PostgreSQL server behind it, for trying and
testing programs in any language without an AWS account.")

# The license, the changelogs and the bill of materials of each package in Debian's locations. Only the packages contain them.
set(dsql_package_doc "${PROJECT_BINARY_DIR}/package-doc")
find_program(DSQL_GZIP gzip)
string(TIMESTAMP dsql_package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file("${PROJECT_SOURCE_DIR}/packaging/debian/changelog.in" "${dsql_package_doc}/changelog.Debian" @ONLY)
configure_file("${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${dsql_package_doc}/changelog" COPYONLY)
if(DSQL_GZIP)
    execute_process(COMMAND "${DSQL_GZIP}" -9nfk changelog changelog.Debian
        WORKING_DIRECTORY "${dsql_package_doc}" COMMAND_ERROR_IS_FATAL ANY)
endif()

set(dsql_package_components)
foreach(component IN ITEMS runtime development tools local)
    string(TOUPPER "${component}" upper)
    set(name "${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
    install(FILES "${PROJECT_SOURCE_DIR}/packaging/debian/copyright" DESTINATION "share/doc/${name}"
        COMPONENT debian_${component} EXCLUDE_FROM_ALL)
    install(FILES "${dsql_package_doc}/changelog.gz" "${dsql_package_doc}/changelog.Debian.gz"
        DESTINATION "share/doc/${name}" COMPONENT debian_${component} EXCLUDE_FROM_ALL OPTIONAL)
    if(TARGET dsql_sbom)
        install(FILES "${dsql_sbom_file}" DESTINATION "share/doc/${name}"
            COMPONENT debian_${component} EXCLUDE_FROM_ALL)
    endif()
    list(APPEND dsql_package_components ${component} debian_${component})
endforeach()
# Debian's zsh uses another directory for the completions of packages.
install(DIRECTORY "${PROJECT_BINARY_DIR}/share/zsh/site-functions/" DESTINATION share/zsh/vendor-completions
    COMPONENT debian_tools EXCLUDE_FROM_ALL OPTIONAL PATTERN "*dsql-local*" EXCLUDE)
install(DIRECTORY "${PROJECT_BINARY_DIR}/share/zsh/site-functions/" DESTINATION share/zsh/vendor-completions
    COMPONENT debian_local EXCLUDE_FROM_ALL OPTIONAL FILES_MATCHING PATTERN "*dsql-local*")
set(CPACK_COMPONENTS_ALL ${dsql_package_components})
if(NOT DSQL_BUILD_PROGRAMS)
    list(REMOVE_ITEM CPACK_COMPONENTS_ALL tools debian_tools local debian_local)
endif()

include(CPack)
foreach(component IN ITEMS runtime development tools local)
    cpack_add_component_group(${component})
    cpack_add_component(${component} GROUP ${component})
    cpack_add_component(debian_${component} GROUP ${component})
endforeach()
