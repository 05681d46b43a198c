# SPDX-License-Identifier: Apache-2.0
# Links libdsql_auth.so, libdsql.so and libdsql_c.so from the objects of the static libraries, so that nothing is compiled
# twice. Defines the names that users link, dsql::auth, dsql::dsql and dsql::c: the static libraries, unless
# BUILD_SHARED_LIBS is ON.
if(NOT DSQL_LIBRARIES MATCHES "^(both|shared|static)$")
    message(FATAL_ERROR "DSQL_LIBRARIES is \"${DSQL_LIBRARIES}\"; it has to be both, shared or static.")
endif()

# The exported symbols. DSQL_EXPORT additionally marks each exported function.
configure_file("${PROJECT_SOURCE_DIR}/cmake/exported.map.in" "${PROJECT_BINARY_DIR}/exported.map" @ONLY)

# dsql_shared_library(TARGET OBJECTS_OF LIBRARY...)
function(dsql_shared_library target static_target)
    get_target_property(name ${static_target} OUTPUT_NAME)
    if(NOT name)
        set(name ${static_target})
    endif()
    add_library(${target} SHARED $<TARGET_OBJECTS:${static_target}>)
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME ${name}
        LINKER_LANGUAGE CXX
        SOVERSION ${DSQL_ABI_VERSION}
        LINK_DEPENDS "${PROJECT_BINARY_DIR}/exported.map")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_include_directories(${target} PUBLIC
        "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    target_link_libraries(${target} ${ARGN} PRIVATE $<BUILD_INTERFACE:dsql_compiler_options>)
    target_link_options(${target} PRIVATE "LINKER:--version-script=${PROJECT_BINARY_DIR}/exported.map")
    # With clang, the program provides the functions of the sanitizers.
    if(NOT DSQL_SANITIZE)
        target_link_options(${target} PRIVATE LINKER:--no-undefined)
    endif()
endfunction()

if(NOT DSQL_LIBRARIES STREQUAL "static")
    dsql_shared_library(dsql_auth_shared dsql_auth
        PUBLIC Threads::Threads
        PRIVATE OpenSSL::SSL OpenSSL::Crypto CURL::libcurl pugixml::pugixml ${CMAKE_DL_LIBS})
    dsql_shared_library(dsql_dsql_shared dsql_dsql
        PUBLIC dsql_auth_shared
        PRIVATE $<BUILD_INTERFACE:dsql_libpq> OpenSSL::SSL OpenSSL::Crypto ${CMAKE_DL_LIBS})
    # The RUNPATH of a program applies only to the libraries that it links, not to their dependencies.
    set_target_properties(dsql_dsql_shared PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()
# dsql_shared_c_library(): libdsql_c.so contains what it needs of the others. So it does not change with their ABI, and
# is one file for programs in other languages. Only the functions of dsql.h are exported. It is never unloaded, like
# OpenSSL, because connections and OpenSSL have pointers to its functions.
function(dsql_shared_c_library)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/exported_c.map.in" "${PROJECT_BINARY_DIR}/exported_c.map" @ONLY)
    add_library(dsql_c_shared SHARED $<TARGET_OBJECTS:dsql_c>)
    set_target_properties(dsql_c_shared PROPERTIES
        OUTPUT_NAME dsql_c
        LINKER_LANGUAGE CXX
        SOVERSION ${DSQL_C_ABI_VERSION}
        LINK_DEPENDS "${PROJECT_BINARY_DIR}/exported_c.map")
    target_include_directories(dsql_c_shared PUBLIC
        "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    target_link_libraries(dsql_c_shared PRIVATE dsql_dsql $<BUILD_INTERFACE:dsql_compiler_options>)
    target_link_options(dsql_c_shared PRIVATE
        "LINKER:--version-script=${PROJECT_BINARY_DIR}/exported_c.map" LINKER:-z,nodelete)
    if(NOT DSQL_SANITIZE)
        target_link_options(dsql_c_shared PRIVATE LINKER:--no-undefined)
    endif()
endfunction()

if(NOT DSQL_LIBRARIES STREQUAL "static")
    dsql_shared_c_library()
endif()
if(DSQL_LIBRARIES STREQUAL "shared")
    set_target_properties(dsql_auth dsql_dsql dsql_c PROPERTIES EXCLUDE_FROM_ALL ON)
endif()

if(DSQL_LIBRARIES STREQUAL "shared" OR (BUILD_SHARED_LIBS AND NOT DSQL_LIBRARIES STREQUAL "static"))
    if(DSQL_BUILD_TESTS OR DSQL_BUILD_FUZZERS)
        message(FATAL_ERROR "The tests and fuzzers use what the shared libraries hide: configure with "
                            "-DBUILD_SHARED_LIBS=OFF and -DDSQL_LIBRARIES=both, or without them.")
    endif()
    add_library(dsql::auth ALIAS dsql_auth_shared)
    add_library(dsql::dsql ALIAS dsql_dsql_shared)
    add_library(dsql::c ALIAS dsql_c_shared)
else()
    add_library(dsql::auth ALIAS dsql_auth)
    add_library(dsql::dsql ALIAS dsql_dsql)
    add_library(dsql::c ALIAS dsql_c)
endif()
