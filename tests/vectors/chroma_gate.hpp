#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <vitrine/error.hpp>

#include "http/http_client.hpp"
#include "servers/fault_server.hpp"

namespace vitrine::test {

/// Stands between a client and a real ChromaDB server: passes every request on, counts them, and answers itself where
/// the test says so.
class ChromaGate {
public:
    using Fault = std::function<std::optional<ScriptedAnswer>(const SeenRequest&)>;

    explicit ChromaGate(std::string url)
        : url_(std::move(url)), server_([this](const SeenRequest& request) { return answer(request); }) {}

    [[nodiscard]] std::string url() const { return server_.url(); }

    /// What `fault` gives is the answer in place of the server's, which is not asked.
    void set_fault(Fault fault) {
        const std::lock_guard lock(mutex_);
        fault_ = std::move(fault);
    }

    /// The server is asked, and what `fault` gives is answered in place of what it said.
    void set_fault_after(Fault fault) {
        const std::lock_guard lock(mutex_);
        fault_after_ = std::move(fault);
    }

    void heal() {
        set_fault(nullptr);
        set_fault_after(nullptr);
    }

    /// How many requests came whose path ends like this; all of them without one.
    [[nodiscard]] int count(const std::string& ending = "") const {
        int found = 0;
        for (const auto& request : server_.requests()) found += request.target.ends_with(ending) ? 1 : 0;
        return found;
    }

    [[nodiscard]] const FaultServer& server() const noexcept { return server_; }

private:
    ScriptedAnswer answer(const SeenRequest& request) {
        if (auto own = apply(fault_, request)) return *std::move(own);
        auto passed = pass_on(request);
        if (auto own = apply(fault_after_, request)) return *std::move(own);
        return passed;
    }

    std::optional<ScriptedAnswer> apply(const Fault& which, const SeenRequest& request) {
        Fault fault;
        {
            const std::lock_guard lock(mutex_);
            fault = which;
        }
        return fault ? fault(request) : std::nullopt;
    }

    ScriptedAnswer pass_on(const SeenRequest& request) {
        HttpRequest sent;
        sent.method = request.method == "GET" ? HttpMethod::Get : HttpMethod::Post;
        sent.url = url_ + request.target;
        if (sent.method == HttpMethod::Post) {
            sent.headers = {{"content-type", "application/json"}};
            sent.body = std::string_view(request.body);
        }
        try {
            const auto response = http_.send(sent);
            return {
                .status = response.status, .headers = {{"content-type", "application/json"}}, .body = response.body};
        } catch (const Error&) { // the server is down: so is what stands before it
            ScriptedAnswer cut;
            cut.raw = "";
            return cut;
        }
    }

    const std::string url_;
    HttpClient http_;
    mutable std::mutex mutex_;
    Fault fault_;        ///< guarded by mutex_
    Fault fault_after_;  ///< guarded by mutex_
    FaultServer server_; ///< last: it calls the others
};

} // namespace vitrine::test
