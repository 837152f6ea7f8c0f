#pragma once

#include <chrono>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace vitrine::server {

/// Once a second is enough for a header in seconds. For one thread.
class DateHeader {
public:
    const std::string& now() {
        const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        if (second != written_) {
            written_ = second;
            text_ = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(second));
        }
        return text_;
    }

private:
    std::chrono::sys_seconds written_{};
    std::string text_;
};

} // namespace vitrine::server
