// An archive from anywhere: it is walked through within its limits, or refused in one sentence.

#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include <vitrine/error.hpp>

#include "engine/upload_archive.hpp"
#include "fuzz_target.hpp"

namespace {

la_ssize_t append(archive*, void* data, const void* bytes, std::size_t size) {
    static_cast<std::string*>(data)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

std::string packed(bool as_zip, bool gzipped) {
    std::string bytes;
    const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
    as_zip ? archive_write_set_format_zip(writer.get()) : archive_write_set_format_pax(writer.get());
    if (gzipped) archive_write_add_filter_gzip(writer.get());
    archive_write_set_bytes_in_last_block(writer.get(), 1);
    archive_write_open2(writer.get(), &bytes, nullptr, append, nullptr, nullptr);
    const std::string content = "product_id,name,image\n1,Shoe,a.jpg\n";
    for (const char* path : {"shop/c.csv", "shop/a.jpg", "../b.jpg", "d\xC3\xA9.csv"}) {
        const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
        archive_entry_set_pathname(entry.get(), path);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
        archive_write_header(writer.get(), entry.get());
        archive_write_data(writer.get(), content.data(), content.size());
    }
    archive_write_close(writer.get());
    return bytes;
}

constexpr vitrine::ArchiveLimits limits{.files_max = 50, .unpacked_bytes_max = 100'000};

template <class Work>
void refused_or(const Work& work) {
    try {
        work();
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::BadInput || error.code() == vitrine::ErrorCode::TooLarge,
                "a bad archive is bad input");
    }
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    return {packed(true, false), packed(false, false), packed(false, true)};
}

void fuzz_one(std::string_view bytes) {
    refused_or([&] {
        std::int64_t files = 0;
        vitrine::walk_archive(bytes, limits, [&](vitrine::ArchiveFile& file) {
            promise(++files <= limits.files_max, "no more files than the limit");
            promise(vitrine::archive_path(file.path()) == file.path(), "paths are written in one way and lead nowhere");
            if (files % 2 == 0) return true;
            refused_or([&] { promise(file.read(1'000).size() <= 1'000, "no file is over its limit"); });
            return true;
        });
    });
    refused_or([&] {
        const auto found = vitrine::find_catalogue(bytes, limits, 1'000);
        promise(found.csv.size() <= 1'000, "the catalogue is within its limit");
        promise(found.folder.empty() || found.folder.ends_with('/'), "its folder is one");
    });
    if (!vitrine::is_gzipped(bytes)) return;
    refused_or([&] {
        constexpr std::size_t unpacked_max = 100'000 + 51 * 4096 + (1 << 20);
        std::size_t unpacked = 0;
        vitrine::unpack_gzip(bytes, limits, [&](std::string_view piece) { unpacked += piece.size(); });
        promise(unpacked <= unpacked_max, "no more is unpacked than the limit, and the files' heads");
    });
}
