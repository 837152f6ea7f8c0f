#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace vitrine {

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece. For one thread at a time.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view bytes);

    /// 64 lower-case hex digits; once, after the last piece.
    [[nodiscard]] std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace vitrine
