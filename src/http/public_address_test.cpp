#include "http/public_address.hpp"

#include <array>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

bool is_public(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    const bool v6 = text.find(':') != std::string::npos;
    EXPECT_EQ(::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()), 1) << text;
    return is_public_address({bytes.data(), v6 ? std::size_t{16} : std::size_t{4}});
}

TEST(PublicAddresses, AreThoseOfTheInternet) {
    for (const auto* address :
         {"8.8.8.8", "93.184.216.34", "1.0.0.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
          "192.167.255.255", "192.169.0.0", "223.255.255.255", "169.253.0.1", "198.17.255.255", "198.20.0.0",
          "2606:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
          "2001:200::1"}) {
        EXPECT_TRUE(is_public(address)) << address;
    }
}

TEST(PublicAddresses, AreNotThisMachinesNorANetworksOwn) {
    for (const auto* address :
         {"127.0.0.1",      "127.255.255.254", "0.0.0.0",    "0.1.2.3",         "10.0.0.1",        "172.16.0.1",
          "172.31.255.255", "192.168.1.1",     "100.64.0.1", "100.100.100.200", "169.254.169.254", "168.63.129.16",
          "192.0.0.192",    "192.0.2.1",       "198.18.0.1", "198.19.255.255",  "198.51.100.7",    "203.0.113.9",
          "224.0.0.1",      "239.1.2.3",       "240.0.0.1",  "255.255.255.255"}) {
        EXPECT_FALSE(is_public(address)) << address;
    }
}

TEST(PublicAddresses, OfTheSixthVersionAreNoneThatAreLocalOrStandForALocalOne) {
    for (const auto* address : {"::1",
                                "::",
                                "fe80::1",
                                "fc00::1",
                                "fd00:ec2::254",
                                "ff02::1",
                                "fec0::1",
                                "2001:db8::1",
                                "2001::1",
                                "3fff::1",
                                "100::1",
                                "64:ff9b:1::1",
                                "::ffff:127.0.0.1",
                                "::ffff:10.0.0.1",
                                "::ffff:169.254.169.254",
                                "::127.0.0.1",
                                "64:ff9b::7f00:1",
                                "64:ff9b::a9fe:a9fe",
                                "2002:7f00:1::1",
                                "2002:a00:1::"}) {
        EXPECT_FALSE(is_public(address)) << address;
    }
}

TEST(PublicAddresses, HaveFourBytesOrSixteen) {
    const std::array<std::uint8_t, 17> bytes{8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8};
    for (const std::size_t length : {0U, 1U, 3U, 5U, 15U, 17U}) EXPECT_FALSE(is_public_address({bytes.data(), length}));
}

} // namespace
} // namespace vitrine
