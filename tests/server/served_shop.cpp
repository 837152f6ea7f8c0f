#include "served_shop.hpp"

#include <charconv>
#include <random>
#include <stdexcept>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "images/codec.hpp"

namespace vitrine::test {

ServedShop::ServedShop(const std::function<void(Config&)>& change) {
    auto name = (std::filesystem::temp_directory_path() / "vitrine-api-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
    config_.data = folder_ / "data";
    config_.server.listen = "127.0.0.1:0";
    config_.database.durability = "normal";
    config_.ml.read_text = false;
    config_.jobs.workers = 2;
    change(config_);
    start();
}

ServedShop::~ServedShop() {
    service_.reset();
    engine_.reset();
    std::error_code ignored; // a leftover in the temporary folder harms no test
    std::filesystem::remove_all(folder_, ignored);
}

void ServedShop::start() {
    engine_ = std::make_unique<Engine>(config_);
    service_ = std::make_unique<server::Service>(*engine_);
}

void ServedShop::restart() {
    service_.reset();
    engine_.reset();
    start();
}

std::uint16_t ServedShop::port() const {
    const auto url = service_->url();
    std::uint16_t port = 0;
    std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
    return port;
}

RawAnswer ServedShop::ask(const std::string& method, const std::string& target, const std::string& body,
                          const RawHeaders& headers) const {
    return test::ask(port(), method, target, body, headers);
}

nlohmann::json ServedShop::expect(int status, const std::string& method, const std::string& target,
                                  const std::string& body, const RawHeaders& headers) const {
    const auto answer = ask(method, target, body, headers);
    EXPECT_EQ(answer.status, status) << method << " " << target << ": " << answer.body;
    return nlohmann::json::parse(answer.body, nullptr, false);
}

void ServedShop::add(const std::string& id, int number) const {
    engine_->save_product({.external_id = id, .name = fmt::format("Thing {}", number), .category = "Things"});
    const auto added = engine_->add_image(id, drawing(number));
    if (added.job) engine_->wait(*added.job, std::chrono::steady_clock::now() + std::chrono::minutes(5));
}

std::string drawing(int number, int side) {
    std::mt19937 random(static_cast<unsigned>(number) * 7919U + 1U);
    std::uniform_int_distribution<int> byte(0, 255);
    const int colours[2][3] = {{byte(random), byte(random), byte(random)}, {byte(random), byte(random), byte(random)}};
    Picture picture{.width = side, .height = side, .rgb = std::vector<std::uint8_t>(std::size_t(side) * side * 3, 255)};
    for (int y = side / 6; y < side * 5 / 6; ++y) {
        for (int x = side / 5; x < side * 4 / 5; ++x) {
            const int* const colour = colours[(y / (5 + number % 7) + x / (4 + number % 9)) % 2];
            for (int c = 0; c < 3; ++c) {
                picture.rgb[(std::size_t(y) * side + x) * 3 + c] = static_cast<std::uint8_t>(colour[c]);
            }
        }
    }
    return encode_jpeg(picture, 92);
}

} // namespace vitrine::test
