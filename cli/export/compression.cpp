// SPDX-License-Identifier: Apache-2.0
#include "export/compression.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <stdexcept>

#ifdef DSQL_HAS_ZLIB
#include <zlib.h>

#include <algorithm>
#include <limits>
#endif
#ifdef DSQL_HAS_ZSTD
#include <zstd.h>
#endif

namespace dsql_cli::exports {

namespace {

constexpr std::string_view gzip_suffix = ".gz";
constexpr std::string_view zstd_suffix = ".zst";

#ifdef DSQL_HAS_ZLIB
class gzip_compressor final : public compressor {
public:
    gzip_compressor() {
        constexpr int largest_window = 15;
        constexpr int with_gzip_header = 16;
        constexpr int default_memory = 8;
        if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                         largest_window + with_gzip_header, default_memory,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~gzip_compressor() override { deflateEnd(&stream_); }

    void add(std::string_view data, std::string& to) override {
        while (!data.empty()) {
            const std::size_t size =
                std::min<std::size_t>(data.size(), std::numeric_limits<uInt>::max());
            // zlib does not write there.
            stream_.next_in =
                reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // NOLINT(*-const-cast)
            stream_.avail_in = static_cast<uInt>(size);
            run(Z_NO_FLUSH, to);
            data.remove_prefix(size);
        }
    }

    void finish(std::string& to) override { run(Z_FINISH, to); }

private:
    // Until all input is taken, and for the end, until nothing is left.
    void run(int flush, std::string& to) {
        int result = Z_OK;
        do {
            stream_.next_out = piece_.data();
            stream_.avail_out = static_cast<uInt>(piece_.size());
            result = deflate(&stream_, flush);
            to.append(reinterpret_cast<const char*>(piece_.data()),
                      piece_.size() - stream_.avail_out);
        } while (stream_.avail_out == 0 || (flush == Z_FINISH && result == Z_OK));
    }

    z_stream stream_{};
    std::array<Bytef, 16'384> piece_{};
};
#endif

#ifdef DSQL_HAS_ZSTD
class zstd_compressor final : public compressor {
public:
    zstd_compressor() : stream_(ZSTD_createCStream(), &ZSTD_freeCStream) {
        if (!stream_) {
            throw std::bad_alloc();
        }
        ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
    }

    void add(std::string_view data, std::string& to) override {
        ZSTD_inBuffer input{data.data(), data.size(), 0};
        while (input.pos < input.size) {
            static_cast<void>(run(input, ZSTD_e_continue, to));
        }
    }

    void finish(std::string& to) override {
        ZSTD_inBuffer none{nullptr, 0, 0};
        while (run(none, ZSTD_e_end, to) > 0) {
        }
    }

private:
    // Returns the number of bytes that are left to be flushed.
    std::size_t run(ZSTD_inBuffer& input, ZSTD_EndDirective mode, std::string& to) {
        ZSTD_outBuffer output{piece_.data(), piece_.size(), 0};
        const std::size_t left = ZSTD_compressStream2(stream_.get(), &output, &input, mode);
        if (ZSTD_isError(left) != 0U) {
            throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(left));
        }
        to.append(piece_.data(), output.pos);
        return left;
    }

    std::unique_ptr<ZSTD_CStream, std::size_t (*)(ZSTD_CStream*)> stream_;
    std::array<char, 16'384> piece_{};
};
#endif

[[noreturn, maybe_unused]] void throw_missing(std::string_view library, std::string_view program) {
    throw std::runtime_error(std::string("this dsql was built without ")
                                 .append(library)
                                 .append(": write to standard output and compress that, | ")
                                 .append(program));
}

}  // namespace

std::unique_ptr<compressor> make_compressor(std::string_view file_name) {
    if (file_name.ends_with(gzip_suffix)) {
#ifdef DSQL_HAS_ZLIB
        return std::make_unique<gzip_compressor>();
#else
        throw_missing("zlib", "gzip");
#endif
    }
    if (file_name.ends_with(zstd_suffix)) {
#ifdef DSQL_HAS_ZSTD
        return std::make_unique<zstd_compressor>();
#else
        throw_missing("libzstd", "zstd");
#endif
    }
    return nullptr;
}

std::string_view without_compression(std::string_view file_name) noexcept {
    for (const std::string_view suffix : {gzip_suffix, zstd_suffix}) {
        if (file_name.ends_with(suffix)) {
            return file_name.substr(0, file_name.size() - suffix.size());
        }
    }
    return file_name;
}

}  // namespace dsql_cli::exports
