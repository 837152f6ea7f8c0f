#include "server/service.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/log.hpp"
#include "server/api.hpp"
#include "server/api_keys.hpp"
#include "server/front.hpp"
#include "server/http_server.hpp"
#include "server/keyed_requests.hpp"
#include "server/listen_address.hpp"
#include "server/metrics.hpp"

namespace vitrine::server {
namespace {

ListenAddress allowed_address(const Config::Server& server) {
    auto address = listen_address_from(server.listen);
    if (address.is_loopback() || !server.api_keys.empty()) return address;
    throw Error(ErrorCode::Configuration,
                fmt::format("server.listen is {}, which other machines can reach: set server.api_keys first, such as "
                            "\"admin:SECRET\", or listen on 127.0.0.1.",
                            server.listen));
}

LogFields fields_of(const Exchange& exchange) {
    LogFields fields{{"status", std::to_string(exchange.status)},
                     {"ms", std::to_string(exchange.took.count())},
                     {"bytes_in", std::to_string(exchange.bytes_in)},
                     {"bytes_out", std::to_string(exchange.bytes_out)},
                     {"caller", exchange.caller}};
    if (!exchange.job.empty()) fields.emplace_back("job", exchange.job);
    return fields;
}

HttpServerOptions options_for(const ListenAddress& address, std::function<void(const Exchange&)> ended) {
    const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return {.host = address.host,
            .port = address.port,
            .quick_threads = std::max(4, processors),
            .slow_threads = std::max(2, processors),
            .ended = std::move(ended)};
}

std::string new_instance() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

} // namespace

void check_service(const Config& config) {
    static_cast<void>(allowed_address(config.server));
    const ApiKeys keys(config.server.api_keys);
}

class Service::Impl {
public:
    explicit Impl(Engine& engine)
        : address_(allowed_address(engine.config().server)), log_(engine.config().log), metrics_(engine),
          events_(engine),
          front_(engine.config().server, address_.is_loopback(),
                 Router(with_request_keys(api_routes({engine, events_, [this] { return metrics_text(); }, instance_}),
                                          engine.request_keys()))),
          http_(front_, options_for(address_, [this](const Exchange& exchange) { ended(exchange); })) {
        http_.start();
    }

    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] std::string url() const { return fmt::format("http://{}:{}", address_.url_host(), http_.port()); }

    [[nodiscard]] const std::string& instance() const { return instance_; }

    void stop() {
        http_.stop();
        events_.stop(); // before the connections that its followers hold go with the server
    }

private:
    [[nodiscard]] std::string metrics_text() {
        return metrics_.text({.connections = http_.connections(),
                              .requests_waiting = http_.waiting(),
                              .event_followers = events_.followers()});
    }

    void ended(const Exchange& exchange) {
        metrics_.count(exchange);
        if (!log_.hears_info()) return;
        log_.info(fmt::format("{} {}", exchange.method, exchange.path), fields_of(exchange));
    }

    const ListenAddress address_;
    const std::string instance_ = new_instance();
    Log log_;
    Metrics metrics_;
    JobEvents events_;
    Front front_;
    HttpServer http_;
};

Service::Service(Engine& engine) : impl_(std::make_unique<Impl>(engine)) {}
Service::~Service() = default;

std::string Service::url() const {
    return impl_->url();
}

const std::string& Service::instance() const {
    return impl_->instance();
}

void Service::stop() {
    impl_->stop();
}

} // namespace vitrine::server
