# SPDX-License-Identifier: Apache-2.0
# The target dsql_sbom writes dsql.spdx.json, a software bill of materials in SPDX 2.3: what this build made, what of
# others is in it or needed by it, in which versions. make_sbom.cmake beside this file finds that out from the sources,
# the headers that they include and the files that were linked. Only what no file says is written down here: the name of
# a package, its licence and its supplier. The build warns of a library that is linked and not described here.
set(dsql_sbom_file "${PROJECT_BINARY_DIR}/dsql.spdx.json")
set(dsql_sbom_facts "${PROJECT_BINARY_DIR}/sbom_facts.cmake")
set(dsql_sbom_script "${CMAKE_CURRENT_LIST_DIR}/make_sbom.cmake")
set(dsql_sbom_text "")
set(dsql_sbom_packages "")
set(dsql_sbom_artifacts "")

# dsql_sbom_package(NAME LICENCE SUPPLIER HOMEPAGE
#     [VERSION VERSION]     as the build found it; else that of the distribution's package
#     [PURL PURL]           if the file is of no package of the distribution; "@VERSION" is appended
#     [INCLUDES REGEX]      the headers by which a source uses it
#     [LIBRARIES REGEX]     the names of its shared libraries; without, it is only headers
#     [FILE PATH])          a file of it, if it has no shared library
macro(dsql_sbom_package name licence supplier homepage)
    cmake_parse_arguments(package "" "VERSION;PURL;INCLUDES;LIBRARIES;FILE" "" ${ARGN})
    list(APPEND dsql_sbom_packages "${name}")
    string(APPEND dsql_sbom_text
        "set(package_${name}_licence [==[${licence}]==])\nset(package_${name}_supplier [==[${supplier}]==])\n"
        "set(package_${name}_homepage [==[${homepage}]==])\n")
    foreach(key IN ITEMS VERSION PURL INCLUDES LIBRARIES FILE)
        string(APPEND dsql_sbom_text "set(package_${name}_${key} [==[${package_${key}}]==])\n")
    endforeach()
endmacro()

# dsql_sbom_own_targets(OUT TARGET): the target and all targets of this project that it links, directly or indirectly.
function(dsql_sbom_own_targets out target)
    set(found "${target}")
    get_target_property(linked ${target} LINK_LIBRARIES)
    foreach(item IN LISTS linked)
        string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" item "${item}")
        if(TARGET "${item}")
            get_target_property(aliased "${item}" ALIASED_TARGET)
            if(aliased)
                set(item "${aliased}")
            endif()
            get_target_property(is_imported "${item}" IMPORTED)
            get_target_property(type "${item}" TYPE)
            if(NOT is_imported AND NOT type STREQUAL "INTERFACE_LIBRARY")
                dsql_sbom_own_targets(more "${item}")
                list(APPEND found ${more})
            endif()
        endif()
    endforeach()
    list(REMOVE_DUPLICATES found)
    set(${out} "${found}" PARENT_SCOPE)
endfunction()

# dsql_sbom_artifact(TARGET PURPOSE COMPILED_FROM): a file that is installed, and the target with its sources. The
# static libraries that are linked into a program, or into the library of the C interface, count as part of it; static
# libraries themselves contain no other.
macro(dsql_sbom_artifact target purpose compiled_from)
    list(APPEND dsql_sbom_artifacts "${target}")
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE" OR "${target}" STREQUAL "dsql_c_shared")
        dsql_sbom_own_targets(parts "${compiled_from}")
    else()
        set(parts "${compiled_from}")
    endif()
    set(sources "")
    foreach(part IN LISTS parts)
        get_target_property(directory ${part} SOURCE_DIR)
        get_target_property(files ${part} SOURCES)
        list(TRANSFORM files PREPEND "${directory}/" REGEX "^[^/$]")
        list(APPEND sources ${files})
    endforeach()
    string(APPEND dsql_sbom_text
        "set(artifact_${target}_file [==[$<TARGET_FILE:${target}>]==])\nset(artifact_${target}_type ${type})\n"
        "set(artifact_${target}_purpose ${purpose})\nset(artifact_${target}_parts [==[${parts}]==])\n"
        "set(artifact_${target}_sources [==[${sources}]==])\n")
endmacro()

# dsql_sbom_define(OUT FILE NAME): what a header defines a name as, without quotes.
function(dsql_sbom_define out file name)
    set(value "")
    if(EXISTS "${file}")
        file(STRINGS "${file}" line REGEX "^#[ ]*define[ ]+${name}[ ]" LIMIT_COUNT 1)
        string(REGEX REPLACE "^#[ ]*define[ ]+${name}[ ]+\"?([^\" ]*).*" "\\1" value "${line}")
    endif()
    set(${out} "${value}" PARENT_SCOPE)
endfunction()

dsql_sbom_define(libpq_version "${DSQL_LIBPQ_INCLUDE_DIR}/pg_config.h" PG_VERSION)
dsql_sbom_define(boost_version "${DSQL_BOOST_INCLUDE_DIR}/boost/version.hpp" BOOST_LIB_VERSION)
string(REPLACE "_" "." boost_version "${boost_version}")
dsql_sbom_define(cli11_version "${DSQL_CLI11_INCLUDE_DIR}/CLI/Version.hpp" CLI11_VERSION)
get_target_property(json_directory nlohmann_json::nlohmann_json INTERFACE_INCLUDE_DIRECTORIES)
list(GET json_directory 0 json_directory)

dsql_sbom_package(libpq PostgreSQL "Organization: PostgreSQL Global Development Group" https://www.postgresql.org/
    VERSION "${libpq_version}" PURL pkg:generic/postgresql INCLUDES "^(libpq-fe|libpq-events)[.]h$"
    LIBRARIES "^libpq[.]so")
dsql_sbom_package(openssl Apache-2.0 "Organization: OpenSSL Software Foundation" https://www.openssl.org/
    VERSION "${OPENSSL_VERSION}" PURL pkg:generic/openssl INCLUDES "^openssl/" LIBRARIES "^lib(ssl|crypto)[.]so")
dsql_sbom_package(libcurl curl "Person: Daniel Stenberg" https://curl.se/
    VERSION "${CURL_VERSION_STRING}" PURL pkg:generic/curl INCLUDES "^curl/" LIBRARIES "^libcurl(-gnutls)?[.]so")
dsql_sbom_package(pugixml MIT "Person: Arseny Kapoulkine" https://pugixml.org/
    VERSION "${pugixml_VERSION}" PURL pkg:generic/pugixml INCLUDES "^pugixml[.]hpp$" LIBRARIES "^libpugixml[.]so")
dsql_sbom_package(nlohmann-json MIT "Person: Niels Lohmann" https://json.nlohmann.me/
    VERSION "${nlohmann_json_VERSION}" PURL pkg:generic/nlohmann-json INCLUDES "^nlohmann/"
    FILE "${json_directory}/nlohmann/json.hpp")
dsql_sbom_package(cli11 BSD-3-Clause "Person: Henry Schreiner" https://github.com/CLIUtils/CLI11
    VERSION "${cli11_version}" PURL pkg:generic/cli11 INCLUDES "^CLI/" FILE "${DSQL_CLI11_INCLUDE_DIR}/CLI/CLI.hpp")
dsql_sbom_package(boost BSL-1.0 "Organization: The Boost Project" https://www.boost.org/
    VERSION "${boost_version}" PURL pkg:generic/boost INCLUDES "^boost/"
    FILE "${DSQL_BOOST_INCLUDE_DIR}/boost/version.hpp")
dsql_sbom_package(libpg_query BSD-3-Clause "Organization: pganalyze" https://github.com/pganalyze/libpg_query
    PURL pkg:github/pganalyze/libpg_query INCLUDES "^pg_query[.]h$" LIBRARIES "^libpg_query[.]so"
    FILE "${DSQL_PG_QUERY_LIBRARY}")
if(TARGET dsql_cli_core)
    get_target_property(dsql_load_definitions dsql_cli_core COMPILE_DEFINITIONS)
    if("DSQL_HAS_ZLIB" IN_LIST dsql_load_definitions)
        dsql_sbom_package(zlib Zlib "Organization: zlib" https://zlib.net/
            VERSION "${ZLIB_VERSION_STRING}" PURL pkg:generic/zlib INCLUDES "^zlib[.]h$" LIBRARIES "^libz[.]so")
    endif()
    if("DSQL_HAS_ZSTD" IN_LIST dsql_load_definitions)
        dsql_sbom_package(zstd BSD-3-Clause "Organization: Meta Platforms" https://facebook.github.io/zstd/
            VERSION "${ZSTD_VERSION}" PURL pkg:generic/zstd INCLUDES "^zstd[.]h$" LIBRARIES "^libzstd[.]so")
    endif()
endif()
dsql_sbom_package(libstdcxx "GPL-3.0-or-later WITH GCC-exception-3.1" "Organization: Free Software Foundation"
    https://gcc.gnu.org/ PURL pkg:generic/libstdc++ LIBRARIES "^libstdc[+][+][.]so")
dsql_sbom_package(libgcc "GPL-3.0-or-later WITH GCC-exception-3.1" "Organization: Free Software Foundation"
    https://gcc.gnu.org/ PURL pkg:generic/libgcc LIBRARIES "^libgcc_s[.]so")
dsql_sbom_package(glibc LGPL-2.1-or-later "Organization: Free Software Foundation" https://www.gnu.org/software/libc/
    PURL pkg:generic/glibc LIBRARIES "^(lib(c|m|dl|pthread|resolv|rt)|ld-linux.*|ld64)[.]so")

foreach(linkage IN ITEMS static shared)
    if(linkage STREQUAL "static" AND NOT DSQL_LIBRARIES STREQUAL "shared")
        dsql_sbom_artifact(dsql_auth LIBRARY dsql_auth)
        dsql_sbom_artifact(dsql_dsql LIBRARY dsql_dsql)
        dsql_sbom_artifact(dsql_c LIBRARY dsql_c)
    elseif(linkage STREQUAL "shared" AND NOT DSQL_LIBRARIES STREQUAL "static")
        dsql_sbom_artifact(dsql_auth_shared LIBRARY dsql_auth)
        dsql_sbom_artifact(dsql_dsql_shared LIBRARY dsql_dsql)
        dsql_sbom_artifact(dsql_c_shared LIBRARY dsql_c)
    endif()
endforeach()
if(DSQL_BUILD_PROGRAMS)
    dsql_sbom_artifact(dsql APPLICATION dsql)
    dsql_sbom_artifact(dsql-local APPLICATION dsql-local)
endif()

file(GENERATE OUTPUT "${dsql_sbom_facts}" CONTENT "# What make_sbom.cmake has to know of this build.
set(project_version ${PROJECT_VERSION})
set(project_source [==[${PROJECT_SOURCE_DIR}]==])
set(readelf [==[${CMAKE_READELF}]==])
set(compiler \"${CMAKE_CXX_COMPILER_ID}\")
set(compiler_version \"${CMAKE_CXX_COMPILER_VERSION}\")
set(packages ${dsql_sbom_packages})
set(artifacts ${dsql_sbom_artifacts})
${dsql_sbom_text}")

add_custom_command(OUTPUT "${dsql_sbom_file}"
    COMMAND "${CMAKE_COMMAND}" "-DFACTS=${dsql_sbom_facts}" "-DOUTPUT=${dsql_sbom_file}" -P "${dsql_sbom_script}"
    DEPENDS "${dsql_sbom_facts}" "${dsql_sbom_script}" ${dsql_sbom_artifacts} VERBATIM
    COMMENT "Writing dsql.spdx.json")
add_custom_target(dsql_sbom ALL DEPENDS "${dsql_sbom_file}")
install(FILES "${dsql_sbom_file}" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT sbom)
