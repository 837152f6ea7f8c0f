#include "core/base64.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(Base64, TheVectorsOfRfc4648GoThereAndBack) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64_of(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
}

TEST(Base64, WhatIsNoSuchTextIsNothing) {
    for (const auto* text : {"Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9v\n", " Zm9", "Zm9-", "====", "Zm\xc3\xa4"}) {
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
    }
}

} // namespace
} // namespace vitrine
