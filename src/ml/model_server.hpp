#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "http/http_client.hpp"
#include "http/server_answer.hpp"
#include "ml/call_gate.hpp"

namespace vitrine {

struct ModelServerOptions {
    std::string url;                       ///< where its paths begin: "http://127.0.0.1:9000"
    std::string api_key;                   ///< sent as "Authorization: Bearer …"; empty: not sent
    std::string section = "ml";            ///< of the configuration, which messages name: "ml.label"
    Milliseconds timeout{30'000};          ///< of one call
    std::uint64_t answer_bytes = 8U << 20; ///< a longer answer is refused, and not held
    std::stop_token stop;                  ///< the program ends: calls under way end at once with NotItsTurn
    std::shared_ptr<CallGate> gate;        ///< that each call passes; null: there is none
};

/// The HTTP of every engine that asks a server: one base URL, connections that are kept, one kind of error. A call is
/// held at the gate with its request finished, and its answer is read when it has left it, so that the few calls that
/// may be under way wait for the server alone. Safe from any thread.
///
/// Errors are those of HttpClient::send and status_error, in sentences that name the server and what configures it.
/// Besides:
///   NotItsTurn   a 503 whose message says that the model is being loaded; for ten minutes, then it is Unavailable
///   Unavailable  no JSON where JSON must come: a proxy's page of maintenance or an answer cut short looks like that
///   BadInput     JSON that nobody can use, NaN and infinities in it included
///
/// The first call, and the first after the server was out of reach, may take four times as long as others: it may load
/// the model.
class ModelServer {
public:
    /// Throws Error(Configuration) for a URL that cannot be used.
    explicit ModelServer(ModelServerOptions options);

    using Headers = std::vector<std::pair<std::string, std::string>>;

    /// What `read` makes of the 2xx answer to a GET or POST of `path`, which goes after the URL. `read` throws
    /// Error(Unavailable) where the body is not of the expected form at all ("JSON") and Error(BadInput), with what is
    /// wrong as a clause ("it has no list 'crops'"), where what it says cannot be used.
    template <class Read>
    auto get(const std::string& path, const Read& read) {
        return answered({.method = HttpMethod::Get, .path = path}, read);
    }
    template <class Read>
    auto post(const std::string& path, std::string_view body, Headers headers, const Read& read) {
        return answered({.method = HttpMethod::Post, .path = path, .body = body, .headers = std::move(headers)}, read);
    }

    /// "127.0.0.1:9000/v1": how messages and memory name it, without user or password.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const ModelServerOptions& options() const noexcept { return options_; }

private:
    struct Question {
        HttpMethod method = HttpMethod::Get;
        const std::string& path;
        std::optional<std::string_view> body;
        Headers headers;
    };

    /// A request, and how far it is on its way.
    struct Sending {
        HttpRequest request;
        std::optional<HttpClient::Begun> begun;
        std::exception_ptr fault; ///< why it could not be begun
    };

    template <class Read>
    auto answered(const Question& question, const Read& read) {
        Sending sending{.request = request_for(question), .begun = {}, .fault = {}};
        HttpResponse response;
        std::optional<decltype(read(response))> result;
        const GatedCall call{.begin = [&] { begin(sending); },
                             .exchange = [&] { response = answer_to(sending); },
                             .read = [&] { result = understood(question.path, response, read); }};
        if (options_.gate) {
            options_.gate->pass(call);
        } else {
            call.exchange();
            call.read();
        }
        return std::move(*result);
    }

    template <class Read>
    auto understood(const std::string& path, const HttpResponse& response, const Read& read) const {
        try {
            return read(response);
        } catch (const Error& error) {
            throw misunderstood(path, response, error);
        }
    }

    [[nodiscard]] HttpRequest request_for(const Question& question) const;
    void begin(Sending& sending) noexcept;
    [[nodiscard]] HttpResponse answer_to(Sending& sending);
    [[nodiscard]] HttpResponse sent(Sending& sending);
    void throw_if_loading(const HttpResponse& response, const std::string& complaint);
    [[nodiscard]] Error misunderstood(const std::string& path, const HttpResponse& response, const Error& why) const;

    const ModelServerOptions options_;
    const std::string name_;
    const ServerWords words_;
    HttpClient http_;
    std::atomic<bool> warm_{false};              ///< a call has succeeded since it was out of reach
    std::atomic<std::int64_t> loading_since_{0}; ///< steady milliseconds of the first answer that said so; 0: none
};

} // namespace vitrine
