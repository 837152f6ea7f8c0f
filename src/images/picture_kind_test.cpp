#include "images/picture_kind.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using std::string_view_literals::operator""sv;
using testing::HasSubstr;

std::string why_refused(std::string_view bytes) {
    try {
        kind_of(bytes);
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), bytes.empty() ? ErrorCode::BadInput : ErrorCode::Unsupported);
        return error.what();
    }
}

TEST(PictureKind, IsToldFromTheFirstBytes) {
    EXPECT_EQ(kind_of("\xFF\xD8\xFF\xE0\0\0"sv), PictureKind::Jpeg);
    EXPECT_EQ(kind_of("\x89PNG\r\n\x1A\n\0"sv), PictureKind::Png);
    EXPECT_EQ(kind_of("GIF87a"sv), PictureKind::Gif);
    EXPECT_EQ(kind_of("GIF89a"sv), PictureKind::Gif);
    EXPECT_EQ(kind_of("RIFF\x24\0\0\0WEBPVP8 "sv), PictureKind::Webp);
    EXPECT_EQ(kind_of("II*\0\x08\0\0\0"sv), PictureKind::Tiff);
    EXPECT_EQ(kind_of("MM\0*\0\0\0\x08"sv), PictureKind::Tiff);
}

TEST(PictureKind, HeicAndAvifAreToldApartByTheirBrands) {
    EXPECT_EQ(kind_of("\0\0\0\x18"
                      "ftypheic\0\0\0\0mif1heic"sv),
              PictureKind::Heic);
    EXPECT_EQ(kind_of("\0\0\0\x1C"
                      "ftypmif1\0\0\0\0mif1heicmiaf"sv),
              PictureKind::Heic);
    EXPECT_EQ(kind_of("\0\0\0\x1C"
                      "ftypavif\0\0\0\0avifmif1miaf"sv),
              PictureKind::Avif);
    EXPECT_EQ(kind_of("\0\0\0\x1C"
                      "ftypmif1\0\0\0\0avifmif1miaf"sv),
              PictureKind::Avif);
}

TEST(PictureKind, AVideoIsNoPicture) {
    EXPECT_THAT(why_refused("\0\0\0\x18"
                            "ftypisom\0\0\0\0isommp42"sv),
                HasSubstr("JPEG, PNG"));
    // A brand after the end of the box, and one in the place of the version, do not count.
    EXPECT_NE(why_refused("\0\0\0\x10"
                          "ftypisom\0\0\0\0heicheic"sv),
              "accepted");
    EXPECT_NE(why_refused("\0\0\0\x18"
                          "ftypisomheicisommp42"sv),
              "accepted");
}

TEST(PictureKind, ARefusalSaysWhatItLooksLikeAndWhatIsAccepted) {
    EXPECT_THAT(why_refused("<svg xmlns='http://www.w3.org/2000/svg'/>"), HasSubstr("SVG"));
    EXPECT_THAT(why_refused("%PDF-1.7"), HasSubstr("PDF"));
    EXPECT_THAT(why_refused("BM\x36\0"sv), HasSubstr("BMP"));
    EXPECT_THAT(why_refused("hello"), HasSubstr("JPEG, PNG, WebP, GIF, TIFF, HEIC or AVIF"));
}

TEST(PictureKind, TooFewBytesAreNoPicture) {
    EXPECT_THAT(why_refused(""), HasSubstr("no bytes"));
    for (const auto bytes : {"\xFF"sv, "\xFF\xD8"sv, "\x89PNG"sv, "RIFF\0\0\0\0WEB"sv,
                             "\0\0\0\x18"
                             "ftyp"sv,
                             "GIF8"sv}) {
        EXPECT_NE(why_refused(bytes), "accepted");
    }
}

TEST(PictureKind, MarkupHiddenBehindAPictureNameIsStillMarkup) {
    EXPECT_THAT(why_refused("\xEF\xBB\xBF<html><script>alert(1)</script>"), HasSubstr("markup"));
}

} // namespace
} // namespace vitrine
