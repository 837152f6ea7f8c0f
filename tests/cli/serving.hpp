#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http_client.hpp"
#include "program.hpp"

namespace vitrine::test {

/// Little work for the tests that want a server and no good answers.
inline const Variables quick{{"VITRINE_ML_READ_TEXT", "false"}, {"VITRINE_JOBS_WORKERS", "2"}};

/// A running `vitrine serve` on a free port and the place's data folder.
class Serving {
public:
    explicit Serving(const Workplace& place, const std::vector<std::string>& more = {},
                     const Variables& variables = quick)
        : program_(place.folder(), place.with_data(arguments(more)), variables) {
        const auto line = program_.wait_for_first_line_of_errors();
        const auto at = line.find("http://");
        if (at != std::string::npos) url_ = line.substr(at, line.find(';', at) - at);
    }

    [[nodiscard]] HttpResponse send(HttpMethod method, const std::string& path, std::string_view body = {},
                                    std::vector<std::pair<std::string, std::string>> headers = {}) {
        HttpRequest request{.method = method, .url = url_ + path, .headers = std::move(headers)};
        if (!body.empty()) request.body = body;
        return client_.send(request);
    }

    RunningProgram& program() { return program_; }
    [[nodiscard]] const std::string& url() const { return url_; } ///< "http://127.0.0.1:PORT"
    [[nodiscard]] std::uint16_t port() const {
        return static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1)));
    }

private:
    static std::vector<std::string> arguments(const std::vector<std::string>& more) {
        std::vector<std::string> all{"serve", "--listen", "127.0.0.1:0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    RunningProgram program_;
    std::string url_;
    HttpClient client_;
};

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace vitrine::test
