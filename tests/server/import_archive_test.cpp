// POST /v1/imports with an archive of a CSV and its pictures, good and bad, over real HTTP.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "engine/upload_archive.hpp"
#include "packed_archive.hpp"
#include "served_shop.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::drawing;
using test::packed;
using test::PackedFile;
using test::Packing;
using test::ServedShop;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto header = "product_id,name,description,category,image\n";

std::string row(int number, const std::string& image) {
    return fmt::format("P{},Thing {},,Things,{}\n", number, number, image);
}

/// A catalogue of the drawings 1 to `count`, in the folder.
std::vector<PackedFile> shop_files(int count, const std::string& folder = "") {
    std::vector<PackedFile> files;
    std::string csv = header;
    for (int i = 1; i <= count; ++i) {
        csv += row(i, fmt::format("pictures/{}.jpg", i));
        files.push_back({.path = fmt::format("{}pictures/{}.jpg", folder, i), .bytes = drawing(i)});
    }
    files.push_back({.path = folder + "catalogue.csv", .bytes = csv});
    return files;
}

json import_of(const ServedShop& shop, const std::string& archive, const std::string& type) {
    const auto accepted = shop.expect(202, "POST", "/v1/imports", archive, {{"Content-Type", type}});
    const auto id = accepted["job"]["id"].get<std::int64_t>();
    EXPECT_TRUE(shop.engine().wait({id}, std::chrono::steady_clock::now() + std::chrono::minutes(5)));
    return shop.expect(200, "GET", fmt::format("/v1/imports/{}", id));
}

std::string refusal_of(const ServedShop& shop, const std::string& archive, int status = 400) {
    const auto problem =
        shop.expect(status, "POST", "/v1/imports", archive, {{"Content-Type", "application/octet-stream"}});
    EXPECT_TRUE(shop.engine().jobs({}).empty()) << "bad input changed something";
    return problem["detail"];
}

std::string error_on(const json& import, int line) {
    for (const auto& error : import["errors"]) {
        if (error["line"] == line) return error["error"];
    }
    return "no error on this line";
}

TEST(ImportedArchive, OfAnyKindIsIndexedWithItsPictures) {
    const std::vector<std::pair<Packing, std::string>> kinds{{Packing::Zip, "application/zip"},
                                                             {Packing::Tar, "application/x-tar"},
                                                             {Packing::GzippedTar, "application/gzip"},
                                                             {Packing::GzippedTar, "application/octet-stream"}};
    for (const auto& [kind, type] : kinds) {
        const ServedShop shop;
        const auto import = import_of(shop, packed(kind, shop_files(3, "shop/")), type);
        EXPECT_EQ(import["job"]["state"], "succeeded") << type << import;
        EXPECT_EQ(import["indexed"], 3) << type;
        EXPECT_EQ(shop.engine().counts().vectors, 3);
        EXPECT_EQ(shop.engine().check({.repair = false, .hash_files = true}).files, 3) << "the archive is gone";
    }
}

TEST(ImportedArchive, SentAgainIsUnchanged) {
    const ServedShop shop;
    const auto archive = packed(Packing::Zip, shop_files(3));
    EXPECT_EQ(import_of(shop, archive, "application/zip")["indexed"], 3);
    EXPECT_EQ(import_of(shop, archive, "application/zip")["unchanged"], 3);
}

TEST(ImportedArchive, ComesAsAForm) {
    const ServedShop shop;
    const auto form = "--b\r\nContent-Disposition: form-data; name=\"catalogue\"; filename=\"shop.zip\"\r\n"
                      "Content-Type: application/x-zip-compressed\r\n\r\n" +
                      packed(Packing::Zip, shop_files(2)) + "\r\n--b--\r\n";
    EXPECT_EQ(import_of(shop, form, "multipart/form-data; boundary=b")["indexed"], 2);
}

TEST(ImportedArchive, FailsARowWhosePictureItLacksAndNoOther) {
    const ServedShop shop([](Config& config) { config.server.max_upload_bytes = 100'000; });
    auto files = shop_files(2);
    files.back().bytes += row(3, "pictures/none.jpg") + row(4, "../secret.jpg") + row(5, "/etc/passwd") +
                          row(6, "noise.jpg") + row(7, "large.jpg") + row(8, "") + row(9, "./pictures//1.jpg");
    files.push_back({.path = "noise.jpg", .bytes = std::string(5'000, 'n')});
    files.push_back({.path = "large.jpg", .bytes = std::string(200'000, 'l')});
    const auto import = import_of(shop, packed(Packing::Tar, files), "application/x-tar");
    EXPECT_EQ(import["indexed"], 3) << import;
    EXPECT_EQ(import["failed"], 6);
    EXPECT_THAT(error_on(import, 4), HasSubstr("holds no file pictures/none.jpg"));
    EXPECT_THAT(error_on(import, 5), HasSubstr("outside the archive"));
    EXPECT_THAT(error_on(import, 6), HasSubstr("outside the archive"));
    EXPECT_THAT(error_on(import, 7), Not(HasSubstr("no error")));
    EXPECT_THAT(error_on(import, 8), HasSubstr("more than 100000 bytes"));
    EXPECT_THAT(error_on(import, 9), HasSubstr("names no image"));
}

TEST(ImportedArchive, WritesNoFileUnderAMembersName) {
    const auto outside = std::filesystem::temp_directory_path() / "vitrine-escaped.jpg";
    std::filesystem::remove(outside);
    const ServedShop shop;
    auto files = shop_files(1);
    for (const std::string& path : {std::string("../../vitrine-escaped.jpg"), outside.string(),
                                    std::string("pictures/../../../vitrine-escaped.jpg")}) {
        files.push_back({.path = path, .bytes = drawing(9)});
    }
    files.push_back({.path = "link.jpg", .bytes = {}, .link_to = "/etc/passwd"});
    files[1].bytes += row(2, "link.jpg") + row(3, "../vitrine-escaped.jpg");
    const auto import = import_of(shop, packed(Packing::Tar, files), "application/x-tar");
    EXPECT_EQ(import["indexed"], 1) << import;
    EXPECT_THAT(error_on(import, 3), HasSubstr("holds no file link.jpg")) << "a link is no file";
    EXPECT_FALSE(std::filesystem::exists(outside));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shop.folder())) {
        EXPECT_EQ(entry.path().filename().string().find("escaped"), std::string::npos) << entry.path();
    }
}

TEST(ImportedArchive, WithNamesOfAllScriptsIsRead) {
    for (const auto kind : {Packing::Zip, Packing::Tar}) {
        const ServedShop shop;
        const std::vector<PackedFile> files{{.path = "Möbel/食器.jpg", .bytes = drawing(1)},
                                            {.path = "catalogue.csv", .bytes = header + row(1, "Möbel/食器.jpg")}};
        EXPECT_EQ(import_of(shop, packed(kind, files), "application/octet-stream")["indexed"], 1);
    }
}

TEST(ImportedArchive, NeedsOneCatalogueAtTheLeastDepth) {
    const ServedShop shop;
    EXPECT_THAT(refusal_of(shop, packed(Packing::Zip, {{.path = "a.jpg", .bytes = drawing(1)}})),
                HasSubstr("holds no catalogue"));
    EXPECT_THAT(refusal_of(shop, packed(Packing::Zip,
                                        {{.path = "a/1.csv", .bytes = header}, {.path = "b/2.csv", .bytes = header}})),
                AllOf(HasSubstr("several CSV files"), HasSubstr("a/1.csv"), HasSubstr("catalog.csv")));
    EXPECT_THAT(refusal_of(shop, packed(Packing::Zip, {{.path = "1.csv", .bytes = "product_id,name\n"}})),
                HasSubstr("no column image"));
    const auto import = import_of(shop,
                                  packed(Packing::Zip, {{.path = "old/0.csv", .bytes = "nothing"},
                                                        {.path = "1.CSV", .bytes = header},
                                                        {.path = "._1.csv", .bytes = "of a Macintosh"},
                                                        {.path = "old/2.csv", .bytes = "nothing"}}),
                                  "application/zip");
    EXPECT_EQ(import["job"]["state"], "succeeded") << import;
}

TEST(ImportedArchive, WithOtherTablesBesideACatalogueCalledSoIsRead) {
    const ServedShop shop;
    auto files = shop_files(2, "shop/");
    files.push_back({.path = "shop/queries.csv", .bytes = "image,relevant\n"});
    files.push_back({.path = "shop/archive/catalog.csv", .bytes = "an old one"});
    const auto import = import_of(shop, packed(Packing::Zip, files), "application/zip");
    EXPECT_EQ(import["job"]["state"], "succeeded") << import;
    EXPECT_EQ(import["indexed"], 2) << import;
}

TEST(ImportedArchive, ThatIsBrokenOrEncryptedIsRefusedWithOneSentence) {
    const ServedShop shop;
    for (const auto kind : {Packing::Zip, Packing::GzippedTar}) {
        const auto whole = packed(kind, shop_files(3));
        EXPECT_THAT(refusal_of(shop, whole.substr(0, whole.size() / 2)), HasSubstr("damaged"));
    }
    EXPECT_THAT(refusal_of(shop, "PK\x03\x04 and then nothing"), HasSubstr("cannot be read"));
    EXPECT_THAT(refusal_of(shop, "\x1f\x8b\x08 no gzip"), HasSubstr("cannot be read"));
    EXPECT_THAT(refusal_of(shop, packed(Packing::EncryptedZip, shop_files(1))), HasSubstr("encrypted"));
}

TEST(ImportedArchive, WhosePictureIsDamagedFailsThatRow) {
    const ServedShop shop;
    auto archive = packed(Packing::Zip, shop_files(2));
    archive[archive.size() / 3] = static_cast<char>(archive[archive.size() / 3] ^ 0x55);
    const auto import = import_of(shop, archive, "application/zip");
    EXPECT_EQ(import["indexed"], 1) << import;
    EXPECT_EQ(import["failed"], 1);
}

TEST(ImportedArchive, ThatIsABombIsRefused) {
    const ServedShop shop([](Config& config) {
        config.imports.max_unpacked_bytes = 1'000'000;
        config.imports.max_files = 20;
    });
    const std::string zeros(8'000'000, '\0');
    for (const auto kind : {Packing::Zip, Packing::Tar, Packing::GzippedTar}) {
        auto files = shop_files(1);
        files.insert(files.begin(), {.path = "bomb.jpg", .bytes = zeros});
        EXPECT_THAT(refusal_of(shop, packed(kind, files), 413), HasSubstr("imports.max_unpacked_bytes"));
    }
    std::vector<PackedFile> many;
    for (int i = 0; i < 21; ++i) many.push_back({.path = fmt::format("{}.jpg", i), .bytes = "x"});
    EXPECT_THAT(refusal_of(shop, packed(Packing::Zip, many), 413), HasSubstr("imports.max_files"));
}

TEST(ImportedArchive, OfSeveralBatchesIsImportedWhole) {
    const ServedShop shop;
    std::vector<PackedFile> files;
    std::string csv = header;
    constexpr int pictures = 6, products = 600; // more than are begun in one walk, or are indexed at one time
    for (int i = 1; i <= products; ++i) csv += row(i, fmt::format("{}.jpg", i % pictures));
    for (int i = 0; i < pictures; ++i) files.push_back({.path = fmt::format("{}.jpg", i), .bytes = drawing(i)});
    files.push_back({.path = "catalogue.csv", .bytes = csv});
    const auto import = import_of(shop, packed(Packing::GzippedTar, files), "application/gzip");
    EXPECT_EQ(import["indexed"], products) << import["errors"];
    EXPECT_EQ(shop.engine().counts().products, products);
}

TEST(ArchivePaths, AreWrittenInOneWayAndLeadNowhereElse) {
    EXPECT_EQ(archive_path("a/./b//c.jpg"), "a/b/c.jpg");
    EXPECT_EQ(archive_path("./a"), "a");
    for (const auto* bad : {"", "/", ".", "/a", "..", "a/../../b", "a/.."}) EXPECT_FALSE(archive_path(bad)) << bad;
    EXPECT_FALSE(archive_path(std::string_view("a\0b", 3)));
}

TEST(WalkedArchives, GiveEachFileInItsOrderUntilTheVisitorStops) {
    const auto archive = packed(
        Packing::Zip, {{.path = "1", .bytes = "one"}, {.path = "2", .bytes = "two"}, {.path = "3", .bytes = "three"}});
    std::vector<std::string> seen;
    walk_archive(archive, {}, [&](ArchiveFile& file) {
        seen.push_back(file.path() + file.read(100));
        return seen.size() < 2;
    });
    EXPECT_THAT(seen, ElementsAre("1one", "2two"));
}

TEST(GzippedArchives, AreTarsOnceUnpackedAndAreUnpackedWithinTheirLimit) {
    const std::vector<PackedFile> files{{.path = "1", .bytes = std::string(300'000, 'a')},
                                        {.path = "2", .bytes = "two"}};
    const auto gzipped = packed(Packing::GzippedTar, files);
    EXPECT_TRUE(is_gzipped(gzipped));
    EXPECT_FALSE(is_gzipped(packed(Packing::Tar, files)));
    std::string tar;
    unpack_gzip(gzipped, {}, [&](std::string_view piece) { tar += piece; });
    std::vector<std::string> seen;
    walk_archive(tar, {}, [&](ArchiveFile& file) {
        seen.push_back(file.path());
        return true;
    });
    EXPECT_THAT(seen, ElementsAre("1", "2"));
    const auto ignored = [](std::string_view) {};
    const auto bomb = packed(Packing::GzippedTar, {{.path = "0", .bytes = std::string(4 << 20, '0')}});
    EXPECT_THROW(unpack_gzip(bomb, {.files_max = 1, .unpacked_bytes_max = 1000}, ignored), Error);
    EXPECT_THROW(unpack_gzip(gzipped.substr(0, gzipped.size() / 2), {}, ignored), Error);
}

} // namespace
} // namespace vitrine
