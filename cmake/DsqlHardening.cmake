# SPDX-License-Identifier: Apache-2.0
# The options that the OpenSSF's guide to hardening recommends, for all targets of this project. They are options of
# this directory and those below it, so that neither targets nor packages pass them on to users of the library.
#
# Sets DSQL_IS_HARDENED: whether this build has them. A build without optimization, which _FORTIFY_SOURCE needs, or with
# sanitizers, which find more, has none.
option(DSQL_HARDENING "Build with the compiler's and the linker's protections" ON)
set(DSQL_IS_HARDENED OFF)

include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)
include(CheckPIESupported)

# Checks compile like this build: with the flags of its configuration.
set(CMAKE_TRY_COMPILE_CONFIGURATION "${CMAKE_BUILD_TYPE}")

# dsql_harden_if_known(RESULT OPTION): adds a compiler option that not every compiler and processor has.
macro(dsql_harden_if_known result option)
    check_cxx_compiler_flag("${option}" ${result})
    if(${result})
        add_compile_options("${option}")
    endif()
endmacro()

macro(dsql_harden)
    # Level 3 also checks lengths that are known only when the program runs.
    set(CMAKE_REQUIRED_FLAGS "-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
    check_cxx_source_compiles("#include <features.h>
        #if !defined(__USE_FORTIFY_LEVEL) || __USE_FORTIFY_LEVEL < 3
        #error the C library or the compiler is too old
        #endif
        int main() {}" DSQL_KNOWS_FORTIFY_3)
    unset(CMAKE_REQUIRED_FLAGS)
    if(DSQL_KNOWS_FORTIFY_3)
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    else()
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    endif()
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
    dsql_harden_if_known(DSQL_KNOWS_STACK_PROTECTOR -fstack-protector-strong)
    dsql_harden_if_known(DSQL_KNOWS_STACK_CLASH_PROTECTION -fstack-clash-protection)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i[3-6]86)$")
        dsql_harden_if_known(DSQL_KNOWS_CF_PROTECTION -fcf-protection)
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
        dsql_harden_if_known(DSQL_KNOWS_BRANCH_PROTECTION -mbranch-protection=standard)
    endif()
    add_link_options(LINKER:-z,relro,-z,now,-z,noexecstack)
    # CMAKE_POSITION_INDEPENDENT_CODE alone only compiles programs so that they could be loaded anywhere.
    check_pie_supported(LANGUAGES CXX)
    set(DSQL_IS_HARDENED ON)
endmacro()

if(DSQL_HARDENING AND NOT DSQL_SANITIZE)
    unset(DSQL_OPTIMIZES CACHE)  # the flags may have changed
    check_cxx_source_compiles("
        #ifndef __OPTIMIZE__
        #error this build does not optimize
        #endif
        int main() {}" DSQL_OPTIMIZES)
    if(DSQL_OPTIMIZES)
        dsql_harden()
    endif()
endif()
