#include "packed_archive.hpp"

#include <memory>
#include <stdexcept>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

namespace vitrine::test {
namespace {

/// Names are packed as what they are, in whatever locale the tests run.
class Utf8Names {
public:
    Utf8Names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(utf8_)) {}
    ~Utf8Names() {
        ::uselocale(before_);
        ::freelocale(utf8_);
    }
    Utf8Names(const Utf8Names&) = delete;
    Utf8Names& operator=(const Utf8Names&) = delete;

private:
    locale_t utf8_;
    locale_t before_;
};

void check(archive* writer, int result) {
    if (result != ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer));
}

la_ssize_t append(archive*, void* data, const void* bytes, std::size_t size) {
    static_cast<std::string*>(data)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

void add(archive* writer, const PackedFile& file) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_perm(entry.get(), 0644);
    if (file.link_to.empty()) {
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.bytes.size()));
    } else {
        archive_entry_set_filetype(entry.get(), AE_IFLNK);
        archive_entry_set_symlink(entry.get(), file.link_to.c_str());
    }
    check(writer, archive_write_header(writer, entry.get()));
    if (archive_write_data(writer, file.bytes.data(), file.bytes.size()) < 0) check(writer, ARCHIVE_FATAL);
}

} // namespace

std::string packed(Packing packing, const std::vector<PackedFile>& files) {
    const Utf8Names names;
    std::string bytes;
    const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
    if (packing == Packing::Tar || packing == Packing::GzippedTar) {
        check(writer.get(), archive_write_set_format_pax_restricted(writer.get()));
    } else {
        check(writer.get(), archive_write_set_format_zip(writer.get()));
    }
    if (packing == Packing::GzippedTar) check(writer.get(), archive_write_add_filter_gzip(writer.get()));
    if (packing == Packing::EncryptedZip) {
        check(writer.get(), archive_write_set_options(writer.get(), "zip:encryption=traditional"));
        check(writer.get(), archive_write_set_passphrase(writer.get(), "secret"));
    }
    check(writer.get(), archive_write_set_bytes_in_last_block(writer.get(), 1));
    check(writer.get(), archive_write_open2(writer.get(), &bytes, nullptr, append, nullptr, nullptr));
    for (const auto& file : files) add(writer.get(), file);
    check(writer.get(), archive_write_close(writer.get()));
    return bytes;
}

} // namespace vitrine::test
