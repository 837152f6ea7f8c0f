#include "http/percent.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(Percent, EverythingButUnreservedBytesIsEncoded) {
    EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encode("a b+c/d=e&f%"), "a%20b%2Bc%2Fd%3De%26f%25");
    EXPECT_EQ(percent_encode(std::string_view("\0\xFF\n", 3)), "%00%FF%0A");
}

TEST(Percent, DecodingUndoesEncoding) {
    std::string every_byte;
    for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
    EXPECT_EQ(percent_decode(percent_encode(every_byte)), every_byte);
    EXPECT_EQ(percent_decode("a+b%2fc"), "a b/c");
}

TEST(Percent, AHalfEscapeIsNothing) {
    for (const auto* text : {"%", "a%2", "%zz", "%2", "%+1", "%-1", "%0x41"}) {
        EXPECT_EQ(percent_decode(text), std::nullopt) << text;
    }
}

} // namespace
} // namespace vitrine
