#include "storage/s3_answers.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

std::string list(const std::string& inside) {
    return R"(<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)" +
           inside + "</ListBucketResult>";
}

constexpr auto one = "<Contents><Key>a/b</Key><Size>7</Size></Contents>";

TEST(S3Answers, APageHasItsObjectsAndWhatAsksForTheNext) {
    const auto page =
        parse_s3_page(list("<IsTruncated>true</IsTruncated><NextContinuationToken>1/a+b==</NextContinuationToken>"
                           "<Contents><Key>a</Key><Size>0</Size><ETag>&quot;x&quot;</ETag></Contents>"
                           "<Contents><Size>18446744073709551615</Size><Key>b&amp;c</Key></Contents>"));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->objects.size(), 2U);
    EXPECT_EQ(page->objects[0].name, "a");
    EXPECT_EQ(page->objects[0].bytes, 0U);
    EXPECT_EQ(page->objects[1].name, "b&c");
    EXPECT_EQ(page->objects[1].bytes, 18446744073709551615ULL);
    EXPECT_EQ(page->next, "1/a+b==");
}

TEST(S3Answers, TheLastPageAsksForNone) {
    const auto page = parse_s3_page(list(std::string("<IsTruncated>false</IsTruncated>") + one));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->next, std::nullopt);
    EXPECT_TRUE(parse_s3_page(list("<IsTruncated>false</IsTruncated>"))->objects.empty());
}

TEST(S3Answers, NamesAreDecodedWhereTheServerEncodedThem) {
    const std::string contents =
        "<IsTruncated>false</IsTruncated><Contents><Key>a%2Fb+c%01</Key><Size>1</Size></Contents>";
    EXPECT_EQ(parse_s3_page(list("<EncodingType>url</EncodingType>" + contents))->objects.at(0).name, "a/b c\x01");
    EXPECT_EQ(parse_s3_page(list(contents))->objects.at(0).name, "a%2Fb+c%01");
}

TEST(S3Answers, WhatIsNoListIsNothing) {
    for (const auto& text : {
             std::string(), std::string("nonsense"), std::string("<html><body>log in</body></html>"),
             std::string(R"({"objects":[]})"), std::string("<ListBucketResult/>"), list(""), list(one),
             list("<IsTruncated>maybe</IsTruncated>"),
             list("<IsTruncated>true</IsTruncated>"), // goes on, but where?
             list("<IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents>"),
             list("<IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents>"),
             list("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>-1</Size></Contents>"),
             list("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1e3</Size></Contents>"),
             list("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>"),
             list("<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>%</Key><Size>1</"
                  "Size></Contents>"),
             list("<IsTruncated>false</IsTruncated>").substr(0, 120), // cut off
         }) {
        EXPECT_FALSE(parse_s3_page(text)) << text;
    }
}

TEST(S3Answers, NoEntityOfADocumentIsResolved) {
    const auto page = parse_s3_page(
        R"(<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>)"
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>&a;&f;</Key><Size>1</Size></Contents>"
        "</ListBucketResult>");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->objects.at(0).name, "&a;&f;");
}

TEST(S3Answers, DeepNestingIsNoTrouble) {
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += "<a>";
    EXPECT_FALSE(parse_s3_page(deep));
    EXPECT_FALSE(parse_s3_page(list(deep)));
}

TEST(S3Answers, AFailureIsReadInTheServersWords) {
    const auto failure = parse_s3_failure("<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>"
                                          "<Message>The bucket does not exist</Message></Error>");
    EXPECT_EQ(failure.code, "NoSuchBucket");
    EXPECT_EQ(failure.message, "The bucket does not exist");
    EXPECT_EQ(parse_s3_failure("<html>502</html>").code, "");
    EXPECT_EQ(parse_s3_failure("").message, "");
}

} // namespace
} // namespace vitrine
