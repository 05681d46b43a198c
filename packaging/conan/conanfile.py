# SPDX-License-Identifier: Apache-2.0
"""Conan 2 recipe that builds the checkout it lies in: conan create packaging/conan --build=missing"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class DsqlConan(ConanFile):
    name = "dsql"
    description = "Amazon Aurora DSQL connector for C++"
    license = "Apache-2.0"
    topics = ("aurora", "dsql", "postgresql", "aws", "database")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "asio": [True, False], "tools": [True, False]}
    default_options = {"shared": False, "fPIC": True, "asio": False, "tools": False}

    # source: of the checkout that this file lies in
    @property
    def _checkout(self):
        return os.path.normpath(os.path.join(self.recipe_folder, "..", ".."))

    def set_version(self):
        text = load(self, os.path.join(self._checkout, "CMakeLists.txt"))
        self.version = re.search(r"project\(dsql VERSION ([0-9.]+)", text).group(1)

    def export_sources(self):
        folders = ("cli", "cmake", "command_line", "include", "local", "packaging", "src", "wire")
        for pattern in ("CMakeLists.txt", "CHANGELOG.md", "LICENSE", *(f"{folder}/*" for folder in folders)):
            copy(self, pattern, src=self._checkout, dst=self.export_sources_folder)

    # end of source

    def configure(self):
        # Both are always built with -fPIC; a shared library needs a libpq that brings what it uses itself.
        if self.options.shared:
            self.options.rm_safe("fPIC")
            self.options["libpq"].shared = True

    def layout(self):
        cmake_layout(self, src_folder=".")

    def requirements(self):
        self.requires("libcurl/[>=7.84 <9]")
        self.requires("libpq/[>=15 <19]")
        self.requires("openssl/[>=3 <4]")
        self.requires("pugixml/[>=1.12 <2]")
        # Headers that are compiled in; who uses the package needs none of them.
        self.requires("nlohmann_json/[>=3.9 <4]", visible=False)
        if self.options.asio:
            self.requires("boost/[>=1.81 <2]", options={"header_only": True})
        elif self.options.tools:
            self.requires("boost/[>=1.81 <2]", options={"header_only": True}, visible=False)
        if self.options.tools:
            for needed in ("cli11/[>=2.3 <3]", "libpg_query/[>=15]", "zlib/[>=1.2 <2]", "zstd/[>=1.5 <2]"):
                self.requires(needed, visible=False)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("dsql has been built on Linux only")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["DSQL_LIBRARIES"] = "shared" if self.options.shared else "static"
        toolchain.cache_variables["DSQL_BUILD_PROGRAMS"] = bool(self.options.tools)
        for part in ("EXAMPLES", "TESTS", "BENCH"):
            toolchain.cache_variables[f"DSQL_BUILD_{part}"] = False
        toolchain.cache_variables["DSQL_LIBPQ_ROOT"] = self.dependencies["libpq"].package_folder.replace("\\", "/")
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        # CMakeDeps and PkgConfigDeps write these from package_info().
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "dsql")

        auth = self.cpp_info.components["auth"]
        auth.set_property("cmake_target_name", "dsql::auth")
        auth.set_property("pkg_config_name", "dsql-auth")
        auth.libs = ["dsql_auth"]
        auth.requires = ["libcurl::libcurl", "openssl::crypto", "pugixml::pugixml"]
        auth.system_libs = ["m", "pthread"]

        dsql = self.cpp_info.components["dsql"]
        dsql.set_property("cmake_target_name", "dsql::dsql")
        dsql.set_property("pkg_config_name", "dsql")
        dsql.libs = ["dsql"]
        dsql.requires = ["auth", "libpq::libpq", "openssl::ssl"]

        c = self.cpp_info.components["c"]
        c.set_property("cmake_target_name", "dsql::c")
        c.set_property("pkg_config_name", "dsql-c")
        c.libs = ["dsql_c"]
        c.requires = ["dsql"]

        if self.options.asio:
            asio = self.cpp_info.components["asio"]
            asio.set_property("cmake_target_name", "dsql::asio")
            asio.libs = []
            asio.requires = ["dsql", "boost::headers"]
