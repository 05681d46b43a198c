// SPDX-License-Identifier: Apache-2.0
#include "load/decompression.hpp"

#include "load/peeked_source.hpp"

#ifdef DSQL_HAS_ZLIB
#include <zlib.h>
#endif
#ifdef DSQL_HAS_ZSTD
#include <zstd.h>
#endif

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dsql_cli::load {

namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";

#if defined(DSQL_HAS_ZLIB) || defined(DSQL_HAS_ZSTD)
// What the sources of all formats have in common: compressed bytes that are read in blocks.
class compressed_source : public byte_source {
public:
    std::uint64_t consumed() const noexcept override { return source_->consumed(); }

protected:
    compressed_source(std::unique_ptr<byte_source> source, std::string name)
        : source_(std::move(source)),
          name_(std::move(name)),
          block_(std::size_t{128} * 1024, '\0') {}

    // The compressed bytes that are not used yet; empty at the end of the file.
    [[nodiscard]] std::span<char> input() {
        if (begin_ == end_) {
            begin_ = 0;
            end_ = source_->read(block_);
        }
        return std::span(block_).subspan(begin_, end_ - begin_);
    }
    void use(std::size_t count) noexcept { begin_ += count; }

    [[noreturn]] void throw_damaged(const std::string& why) const {
        throw std::runtime_error(name_ + ": cannot be decompressed: " + why);
    }
    [[noreturn]] void throw_incomplete() const { throw_damaged("the file ends too early"); }

private:
    std::unique_ptr<byte_source> source_;
    std::string name_;
    std::string block_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};
#endif

#ifdef DSQL_HAS_ZLIB
class gzip_source final : public compressed_source {
public:
    gzip_source(std::unique_ptr<byte_source> source, std::string name)
        : compressed_source(std::move(source), std::move(name)) {
        // The largest window, and only the format of gzip.
        if (inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~gzip_source() override { inflateEnd(&stream_); }

    std::size_t read(std::span<char> into) override {
        stream_.next_out = reinterpret_cast<Bytef*>(into.data());
        stream_.avail_out = static_cast<uInt>(into.size());
        while (stream_.avail_out == into.size()) {
            const std::span<char> compressed = input();
            if (compressed.empty()) {
                if (!is_between_members_) {
                    throw_incomplete();
                }
                return 0;
            }
            inflate_some(compressed);
        }
        return into.size() - stream_.avail_out;
    }

private:
    void inflate_some(std::span<char> compressed) {
        stream_.next_in = reinterpret_cast<Bytef*>(compressed.data());
        stream_.avail_in = static_cast<uInt>(compressed.size());
        is_between_members_ = false;
        const int status = inflate(&stream_, Z_NO_FLUSH);
        use(compressed.size() - stream_.avail_in);
        if (status == Z_STREAM_END) {
            // Another member may follow: gzip files can be joined.
            inflateReset(&stream_);
            is_between_members_ = true;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            throw_damaged(stream_.msg != nullptr ? stream_.msg : "it is no gzip file");
        }
    }

    z_stream stream_{};
    bool is_between_members_ = false;
};
#endif

#ifdef DSQL_HAS_ZSTD
class zstd_source final : public compressed_source {
public:
    zstd_source(std::unique_ptr<byte_source> source, std::string name)
        : compressed_source(std::move(source), std::move(name)),
          stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {
        if (!stream_) {
            throw std::bad_alloc();
        }
    }

    std::size_t read(std::span<char> into) override {
        ZSTD_outBuffer out{into.data(), into.size(), 0};
        while (out.pos == 0) {
            const std::span<char> compressed = input();
            if (compressed.empty() && rest_ == 0) {
                return 0;
            }
            ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
            rest_ = ZSTD_decompressStream(stream_.get(), &out, &in);
            use(in.pos);
            if (ZSTD_isError(rest_) != 0) {
                throw_damaged(ZSTD_getErrorName(rest_));
            }
            if (compressed.empty() && out.pos == 0) {
                throw_incomplete();
            }
        }
        return out.pos;
    }

private:
    std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
    std::size_t rest_ = 0;  // 0 between frames
};
#endif

[[noreturn, maybe_unused]] void throw_built_without(const std::string& name, const char* library,
                                                    const char* program) {
    throw std::runtime_error(name + ": this dsql was built without " + library + "; use " +
                             program + " -dc FILE | dsql load ... -");
}

}  // namespace

std::unique_ptr<byte_source> decompressed(std::unique_ptr<byte_source> source,
                                          const std::string& name) {
    auto peeked = std::make_unique<peeked_source>(std::move(source), zstd_magic.size());
    if (peeked->head().starts_with(gzip_magic)) {
#ifdef DSQL_HAS_ZLIB
        return std::make_unique<gzip_source>(std::move(peeked), name);
#else
        throw_built_without(name, "zlib", "gzip");
#endif
    }
    if (peeked->head().starts_with(zstd_magic)) {
#ifdef DSQL_HAS_ZSTD
        return std::make_unique<zstd_source>(std::move(peeked), name);
#else
        throw_built_without(name, "libzstd", "zstd");
#endif
    }
    return peeked;
}

}  // namespace dsql_cli::load
