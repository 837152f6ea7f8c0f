#include "storage/s3_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string refusal(const std::string& store, const std::string& endpoint = "http://127.0.0.1:9000") {
    try {
        static_cast<void>(parse_s3_address(store, endpoint, "us-east-1"));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        return error.what();
    }
    ADD_FAILURE() << store << " at " << endpoint << " was taken";
    return {};
}

TEST(S3Address, ABucketAndAPrefixAreRead) {
    const auto address = parse_s3_address("s3://shop.images/a/b-c_D.9", "http://127.0.0.1:9000/", "us-east-1");
    EXPECT_EQ(address.bucket, "shop.images");
    EXPECT_EQ(address.prefix, "a/b-c_D.9/");
    EXPECT_EQ(address.bucket_url(), "http://127.0.0.1:9000/shop.images");
}

TEST(S3Address, APrefixIsOptionalAndASlashAfterItChangesNothing) {
    EXPECT_EQ(parse_s3_address("s3://shop", "", "eu-north-1").prefix, "");
    EXPECT_EQ(parse_s3_address("s3://shop/", "", "eu-north-1").prefix, "");
    EXPECT_EQ(parse_s3_address("s3://shop/a/", "", "eu-north-1").prefix, "a/");
}

TEST(S3Address, WithoutAnEndpointItIsAmazonsOfTheRegion) {
    EXPECT_EQ(parse_s3_address("s3://shop", "", "eu-north-1").bucket_url(), "https://s3.eu-north-1.amazonaws.com/shop");
}

TEST(S3Address, NoBucketAndNoPrefixCanLeadElsewhere) {
    for (const auto* store : {"s3://", "s3:///x", "s3://ab", "s3://Shop", "s3://shop?x", "s3://sh op", "s3://-shop",
                              "s3://a..b", "file:images", "s3:/shop", "shop"}) {
        EXPECT_THAT(refusal(store), HasSubstr("images.store")) << store;
    }
    EXPECT_THAT(refusal("s3://" + std::string(64, 'a')), HasSubstr("images.store"));
    for (const auto* prefix : {"../other", "a/../b", "a//b", "/a", "a?b", "a#b", "a b", "./a", "\xC3\xA9"}) {
        EXPECT_THAT(refusal("s3://shop/" + std::string(prefix)), HasSubstr("prefix")) << prefix;
    }
    EXPECT_THAT(refusal("s3://shop/" + std::string(513, 'a')), HasSubstr("prefix"));
}

TEST(S3Address, AnEndpointIsASchemeAHostAndAPortAlone) {
    for (const auto* endpoint : {"127.0.0.1", "ftp://host", "http://host/path", "http://user:hidden@host",
                                 "http://host?x=hidden", "http://", "http://ho st"}) {
        const auto sentence = refusal("s3://shop", endpoint);
        EXPECT_THAT(sentence, HasSubstr("images.endpoint")) << endpoint;
        EXPECT_THAT(sentence, Not(HasSubstr("hidden")));
    }
}

} // namespace
} // namespace vitrine
