#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "servers/fault_server.hpp"

// What well-behaved model servers answer, for tests to spoil.

namespace vitrine::test {

inline ScriptedAnswer json(std::string body, int status = 200) {
    return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

inline std::string vector_json(int dimensions) {
    std::vector<double> values;
    for (int i = 0; i < dimensions; ++i) values.push_back(std::sin(1.0 + i));
    return fmt::format("[{}]", fmt::join(values, ","));
}

inline const std::string label_json =
    R"({"category":"mug","colors":["red","white"],"style":"plain","pattern":"striped","material":"ceramic",)"
    R"("text":"HELLO","description":"A red mug.","confidence":0.9})";

/// The ml_service contract, kept: two boxes in a picture of at least 20x10, one label, one vector, words that match
/// half.
inline ScriptedAnswer ml_service_answer(const SeenRequest& request, int dimensions = 8,
                                        const std::string& version = "stub-label 1") {
    if (request.target == "/healthz") return json(fmt::format(R"({{"model":"{}","dim":{}}})", version, dimensions));
    if (request.target == "/v1/crop") {
        return json(R"({"model":"stub-crop 1","crops":[{"box":[0,0,16,16],"score":0.9,"category":"mug"},)"
                    R"({"box":[20,0,16,16],"score":0.8}]})");
    }
    if (request.target == "/v1/label") {
        return json(fmt::format(R"({{"model":"{}","label":{},"storage_vector":{}}})", version, label_json,
                                vector_json(dimensions)));
    }
    if (request.target == "/v1/match") {
        std::size_t candidates = 0; // texts between the brackets; none of the tests' phrases holds a quote
        for (auto at = request.body.find("\"candidates\":["); at < request.body.find(']'); ++at) {
            candidates += request.body[at] == '"';
        }
        return json(
            fmt::format(R"({{"scores":[{}]}})", fmt::join(std::vector<double>((candidates - 2) / 2, 0.5), ",")));
    }
    return json(R"({"detail":"Not Found"})", 404);
}

} // namespace vitrine::test
