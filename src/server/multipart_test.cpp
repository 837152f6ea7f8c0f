#include "server/multipart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "server/message.hpp"
#include "server/picture_upload.hpp"

namespace vitrine::server {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string refusal_of(std::string_view body) {
    try {
        parse_multipart(body, "b");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        return error.what();
    }
    return "nothing was refused";
}

TEST(Multipart, GivesEachPartWithItsNamesAndBytes) {
    const std::string body = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
                             "--b\r\ncontent-disposition: form-data; filename=\"a \\\"b\\\".jpg\"; name=image\r\n"
                             "Content-Type: image/jpeg\r\n\r\n\xFF\xD8\r\n--not it\r\n--b--\r\n";
    const auto parts = parse_multipart(body, "b");
    ASSERT_THAT(parts, SizeIs(2));
    EXPECT_EQ(parts[0].name, "note");
    EXPECT_EQ(parts[0].content, "hello");
    EXPECT_EQ(parts[0].file_name, "");
    EXPECT_EQ(parts[1].name, "image");
    EXPECT_EQ(parts[1].file_name, "a \"b\".jpg");
    EXPECT_EQ(parts[1].media_type, "image/jpeg");
    EXPECT_EQ(parts[1].content, "\xFF\xD8\r\n--not it");
}

TEST(Multipart, MayHaveEmptyPartsAndNone) {
    const auto parts = parse_multipart("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n--b--", "b");
    ASSERT_THAT(parts, SizeIs(1));
    EXPECT_EQ(parts[0].content, "");
    EXPECT_THAT(parse_multipart("--b--\r\n", "b"), SizeIs(0));
}

TEST(Multipart, ThatBreaksOffIsRefusedWithThePlace) {
    EXPECT_THAT(refusal_of(""), HasSubstr("does not begin with its boundary"));
    EXPECT_THAT(refusal_of("--c\r\n"), HasSubstr("does not begin with its boundary"));
    EXPECT_THAT(refusal_of("--b"), HasSubstr("breaks at byte 3"));
    EXPECT_THAT(refusal_of("--bx"), HasSubstr("breaks at byte 3"));
    EXPECT_THAT(refusal_of("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n"),
                HasSubstr("no end of its headers"));
    EXPECT_THAT(refusal_of("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nabc"),
                HasSubstr("does not end with the boundary"));
    EXPECT_THAT(refusal_of("--b\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--"), HasSubstr("has no name"));
    EXPECT_THAT(refusal_of("--b\r\n\r\nabc\r\n--b--"), HasSubstr("has no name"));
    EXPECT_THAT(refusal_of("--b\r\nX: " + std::string(5000, 'x') + "\r\n\r\n\r\n--b--"), HasSubstr("4 KiB"));
    std::string many;
    for (int i = 0; i < 40; ++i) many += "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n";
    EXPECT_THAT(refusal_of(many + "--b--"), HasSubstr("more than 32 parts"));
}

TEST(Multipart, BoundaryComesFromTheContentType) {
    EXPECT_EQ(boundary_of("multipart/form-data; charset=utf-8; boundary=\"a b\""), "a b");
    EXPECT_EQ(boundary_of("multipart/form-data; Boundary=xyz"), "xyz");
    EXPECT_THROW(boundary_of("multipart/form-data"), Error);
    EXPECT_THROW(boundary_of("multipart/form-data; boundary="), Error);
    EXPECT_THROW(boundary_of("multipart/form-data; boundary=" + std::string(71, 'x')), Error);
}

TEST(PictureUpload, IsTheBodyItselfOrThePartImageOrTheOnlyFile) {
    Request raw{.body = "bytes"};
    EXPECT_EQ(picture_in(raw), "bytes");
    Request form{.headers = {{"content-type", "multipart/form-data; boundary=b"}}};
    form.body = "--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"x.jpg\"\r\n\r\nfile\r\n--b--";
    EXPECT_EQ(picture_in(form), "file");
    form.body = "--b\r\nContent-Disposition: form-data; name=a; filename=x\r\n\r\n1\r\n"
                "--b\r\nContent-Disposition: form-data; name=image; filename=y\r\n\r\n2\r\n--b--";
    EXPECT_EQ(picture_in(form), "2");
}

TEST(PictureUpload, WithoutAPictureIsRefused) {
    EXPECT_THROW(static_cast<void>(picture_in(Request{})), Error);
    Request form{.headers = {{"content-type", "multipart/form-data; boundary=b"}}};
    form.body = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--";
    EXPECT_THROW(static_cast<void>(picture_in(form)), Error);
    form.body = "--b\r\nContent-Disposition: form-data; name=a; filename=x\r\n\r\n1\r\n"
                "--b\r\nContent-Disposition: form-data; name=c; filename=y\r\n\r\n2\r\n--b--";
    EXPECT_THROW(static_cast<void>(picture_in(form)), Error) << "which of the two?";
}

} // namespace
} // namespace vitrine::server
