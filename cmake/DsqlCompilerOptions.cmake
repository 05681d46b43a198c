# SPDX-License-Identifier: Apache-2.0
# dsql_compiler_options: warnings and sanitizers for all targets of this project. Users of the library do not get them.
add_library(dsql_compiler_options INTERFACE)
target_compile_options(dsql_compiler_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    -Wcast-align -Wformat=2
    $<$<BOOL:${DSQL_WARNINGS_AS_ERRORS}>:-Werror>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Without optimization, g++ takes the functions that allocate and free the frames of our coroutines for a mismatch,
    # because one of them is a template.
    target_compile_options(dsql_compiler_options INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
    if(CMAKE_UNITY_BUILD)
        # In a group of sources, g++ takes each of them for a header, whose unnamed namespaces would be a mistake.
        target_compile_options(dsql_compiler_options INTERFACE
            $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
    endif()
endif()

if(DSQL_SANITIZE)
    target_compile_options(dsql_compiler_options INTERFACE
        -fsanitize=${DSQL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(dsql_compiler_options INTERFACE -fsanitize=${DSQL_SANITIZE})
    if(DSQL_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        # clang 14 cannot compile coroutines with this check. g++ does not have it.
        target_compile_options(dsql_compiler_options INTERFACE -fno-sanitize=function)
    endif()
    if(DSQL_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ warns about fences in Boost.Asio's headers, which ThreadSanitizer does not support.
        target_compile_options(dsql_compiler_options INTERFACE -Wno-tsan)
    endif()
endif()
