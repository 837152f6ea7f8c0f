#include "http/http_target.hpp"

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

TEST(HttpTarget, ARequestIsNamedByMethodHostAndPath) {
    const HttpRequest request{.method = HttpMethod::Post, .url = "http://127.0.0.1:8000/api/v2/tenants"};
    EXPECT_EQ(name_of(request), "POST 127.0.0.1:8000/api/v2/tenants");
    EXPECT_EQ(name_of(HttpRequest{.url = "https://models.example"}), "GET models.example/");
}

TEST(HttpTarget, ANameHoldsNoSecretOfTheUrl) {
    const HttpRequest request{.url = "https://user:password@models.example/v1?token=secret#fragment"};
    EXPECT_EQ(name_of(request), "GET models.example/v1");
}

TEST(HttpTarget, ANameIsShortAndPrintable) {
    const auto name = name_of(HttpRequest{.url = "http://h/" + std::string(1'000, 'x')});
    EXPECT_LT(name.size(), 250U);
    EXPECT_EQ(name_of(HttpRequest{.url = "http://h/a\xC3\xA9z"}).find('\xC3'), std::string::npos);
}

TEST(HttpTarget, AUrlThatCannotBeUsedIsSaidAndNotRepeated) {
    for (const std::string url : {"", "http://", "ftp://user:secret@host/", "file:///etc/passwd", "not a url secret",
                                  "http://host:99999999/secret", "gopher://secret", "http://ho st/secret"}) {
        try {
            static_cast<void>(parse_target(url));
            ADD_FAILURE() << url;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Configuration) << url;
            EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
        }
    }
}

} // namespace
} // namespace vitrine
