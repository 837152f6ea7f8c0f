#include "http/http_client.hpp"

#include <mutex>
#include <vector>

#include "http/curl_transfer.hpp"

namespace vitrine {

// Last in, first out: under little load few connections are used, and the others grow old and are closed.
struct HttpClient::Idle {
    const std::size_t transfers_max;
    std::mutex mutex;
    std::vector<std::unique_ptr<CurlTransfer>> transfers; ///< guarded by `mutex`

    std::unique_ptr<CurlTransfer> take() {
        {
            const std::lock_guard lock(mutex);
            if (!transfers.empty()) {
                auto transfer = std::move(transfers.back());
                transfers.pop_back();
                return transfer;
            }
        }
        return std::make_unique<CurlTransfer>();
    }

    void give_back(std::unique_ptr<CurlTransfer> transfer) {
        const std::lock_guard lock(mutex);
        if (transfers.size() < transfers_max) transfers.push_back(std::move(transfer));
    }
};

HttpClient::HttpClient(std::size_t idle_max) : idle_(new Idle{.transfers_max = idle_max}) {}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::send(const HttpRequest& request) {
    return begin(request).end();
}

HttpClient::Begun HttpClient::begin(const HttpRequest& request) {
    auto transfer = idle_->take();
    transfer->begin(request);
    return {*idle_, std::move(transfer)};
}

HttpClient::Begun::Begun(Idle& idle, std::unique_ptr<CurlTransfer> transfer)
    : idle_(idle), transfer_(std::move(transfer)) {}

HttpClient::Begun::~Begun() = default;

HttpClient::Begun::Begun(Begun&& other) noexcept = default;

// A transfer that failed is not given back: what its connection would say next is not known.
HttpResponse HttpClient::Begun::end() {
    auto transfer = std::move(transfer_);
    auto response = transfer->end();
    idle_.give_back(std::move(transfer));
    return response;
}

} // namespace vitrine
