#include "ml/gtin.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(Gtin, CheckDigitsOfRealCodesAreValid) {
    EXPECT_TRUE(has_valid_check_digit("4006381333931"));
    EXPECT_TRUE(has_valid_check_digit("036000291452"));
    EXPECT_TRUE(has_valid_check_digit("73513537"));
    EXPECT_TRUE(has_valid_check_digit("30712345000010"));
}

TEST(Gtin, AChangedDigitIsNoticed) {
    EXPECT_FALSE(has_valid_check_digit("4006381333932"));
    EXPECT_FALSE(has_valid_check_digit("4006381333831"));
}

TEST(Gtin, OtherTextsHaveNoCheckDigit) {
    EXPECT_FALSE(has_valid_check_digit(""));
    EXPECT_FALSE(has_valid_check_digit("0"));
    EXPECT_FALSE(has_valid_check_digit("400638133393a"));
    EXPECT_FALSE(has_valid_check_digit("0000000000000000000"));
}

TEST(Gtin, AnUpceIsExpandedByItsLastDigit) {
    EXPECT_EQ(expanded_upce("04963406"), "049000006346");
    EXPECT_EQ(expanded_upce("01264904"), "012000006494");
    EXPECT_EQ(expanded_upce("01234531"), "012300000451");
    EXPECT_EQ(expanded_upce("01234543"), "012340000053");
    EXPECT_EQ(expanded_upce("01234558"), "012345000058");
}

TEST(Gtin, AnythingElseIsNotExpanded) {
    EXPECT_EQ(expanded_upce(""), "");
    EXPECT_EQ(expanded_upce("1234567"), "");
    EXPECT_EQ(expanded_upce("0496340x"), "");
    EXPECT_EQ(expanded_upce("012345678"), "");
}

} // namespace
} // namespace vitrine
