#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include <vitrine/engine.hpp>

#include "server/service.hpp"
#include "servers/raw_client.hpp"

namespace vitrine::test {

/// A whole Vitrine in this process: a new data folder, the builtin engine, and its API on a free port.
class ServedShop {
public:
    explicit ServedShop(const std::function<void(Config&)>& change = [](Config&) {});
    ~ServedShop();
    ServedShop(const ServedShop&) = delete;
    ServedShop& operator=(const ServedShop&) = delete;

    [[nodiscard]] Engine& engine() const { return *engine_; }
    [[nodiscard]] server::Service& service() const { return *service_; }
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

    /// Ends the server and the engine and starts others on the same data and another port.
    void restart();

    RawAnswer ask(const std::string& method, const std::string& target, const std::string& body = {},
                  const RawHeaders& headers = {}) const;

    /// The answer's JSON; fails the test when its status is another.
    nlohmann::json expect(int status, const std::string& method, const std::string& target,
                          const std::string& body = {}, const RawHeaders& headers = {}) const;

    /// Creates a product and indexes the drawing of that number for it.
    void add(const std::string& id, int number) const;

private:
    void start();

    std::filesystem::path folder_;
    Config config_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<server::Service> service_;
};

/// A drawing as a JPEG: two colours in a pattern, on white; the same for the same number.
std::string drawing(int number, int side = 96);

} // namespace vitrine::test
