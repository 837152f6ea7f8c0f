#include "fault_proxy.hpp"

#include <array>
#include <future>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio.hpp>

namespace vitrine::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// What is wrong with the network now.
struct Weather {
    bool frozen = false;
    Milliseconds delay{0};
    std::optional<std::uint64_t> answer_bytes;
};

/// One connection of a client, carried on to the server. Kept alive by its own pending operations.
class Carried : public std::enable_shared_from_this<Carried> {
public:
    Carried(tcp::socket client, const Weather& weather, std::uint64_t answer_bytes)
        : client_(std::move(client)), server_(client_.get_executor()), weather_(weather), answer_left_(answer_bytes) {}

    void start(std::uint16_t server_port) {
        server_.async_connect({asio::ip::address_v4::loopback(), server_port},
                              [self = shared_from_this()](const error_code& why) {
                                  if (why) return self->reset();
                                  self->forward(self->up_, self->client_, self->server_, false);
                                  self->forward(self->down_, self->server_, self->client_, true);
                              });
    }

    void reset() {
        for (auto* socket : {&client_, &server_}) {
            error_code gone; // then there is nothing left to reset
            socket->set_option(asio::socket_base::linger(true, 0), gone);
            socket->close(gone);
        }
    }

private:
    using Buffer = std::array<char, 16384>;

    void forward(Buffer& buffer, tcp::socket& from, tcp::socket& to, bool answer) {
        from.async_read_some(asio::buffer(buffer), [this, self = shared_from_this(), &buffer, &from, &to,
                                                    answer](const error_code& why, std::size_t bytes) {
            if (why) return end(to);
            pass_on(buffer, bytes, from, to, answer);
        });
    }

    void pass_on(Buffer& buffer, std::size_t bytes, tcp::socket& from, tcp::socket& to, bool answer) {
        if (weather_.frozen) return forward(buffer, from, to, answer);
        auto timer = std::make_shared<asio::steady_timer>(client_.get_executor(), weather_.delay);
        timer->async_wait(
            [this, self = shared_from_this(), timer, &buffer, bytes, &from, &to, answer](const error_code&) {
                const auto passed = answer ? std::min<std::uint64_t>(bytes, answer_left_) : bytes;
                asio::async_write(
                    to, asio::buffer(buffer.data(), passed),
                    [this, self, &buffer, bytes, passed, &from, &to, answer](const error_code& why, std::size_t) {
                        if (answer) answer_left_ -= passed;
                        if (why || passed < bytes) return reset();
                        forward(buffer, from, to, answer);
                    });
            });
    }

    // One side has said all it had to say; the other may still be answering.
    static void end(tcp::socket& to) {
        error_code gone; // then it has ended as well
        to.shutdown(tcp::socket::shutdown_send, gone);
    }

    tcp::socket client_, server_;
    const Weather& weather_;
    std::uint64_t answer_left_;
    Buffer up_{}, down_{};
};

} // namespace

// Everything but the port belongs to the one thread that runs `context_`; the members post to it and wait.
class FaultProxy::Impl {
public:
    explicit Impl(std::uint16_t server_port) : server_port_(server_port) {
        held_.open(tcp::v4());
        held_.set_option(asio::socket_base::reuse_address(true));
        held_.bind({asio::ip::address_v4::loopback(), 0});
        port_ = held_.local_endpoint().port();
        listen(port_);
        thread_ = std::jthread([this] { context_.run(); });
    }

    ~Impl() {
        in_thread([this] {
            close();
            work_.reset();
            context_.stop();
        });
        thread_.join();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    template <class Work>
    void in_thread(const Work& work) {
        std::promise<void> done;
        asio::post(context_, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    void listen(std::uint16_t port) {
        acceptor_.emplace(context_, tcp::endpoint(asio::ip::address_v4::loopback(), port)); // with SO_REUSEADDR
        accept();
    }

    void accept() {
        acceptor_->async_accept([this](const error_code& why, tcp::socket client) {
            if (why) return; // closed by cut(), or the end
            ++taken_;
            auto carried =
                std::make_shared<Carried>(std::move(client), weather_, weather_.answer_bytes.value_or(UINT64_MAX));
            carried_.remove_if([](const auto& known) { return known.expired(); });
            carried_.push_back(carried);
            carried->start(server_port_);
            accept();
        });
    }

    void drop() {
        for (const auto& known : carried_) {
            if (const auto carried = known.lock()) carried->reset();
        }
        carried_.clear();
    }

    void close() {
        acceptor_.reset();
        drop();
    }

    void restore() {
        if (weather_.frozen) drop();
        weather_ = {};
        if (!acceptor_) listen(port_);
    }

    std::uint16_t server_port_;
    Weather weather_;
    int taken_ = 0;

private:
    asio::io_context context_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{context_.get_executor()};
    tcp::socket held_{context_}; ///< bound and never used: keeps the port ours while nobody listens on it
    std::optional<tcp::acceptor> acceptor_;
    std::list<std::weak_ptr<Carried>> carried_;
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

FaultProxy::FaultProxy(std::uint16_t server_port) : impl_(std::make_unique<Impl>(server_port)) {}

FaultProxy::~FaultProxy() = default;

std::uint16_t FaultProxy::port() const noexcept {
    return impl_->port();
}

std::string FaultProxy::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
}

void FaultProxy::lead_to(std::uint16_t server_port) {
    impl_->in_thread([&] { impl_->server_port_ = server_port; });
}

void FaultProxy::drop_connections() {
    impl_->in_thread([&] { impl_->drop(); });
}

void FaultProxy::cut() {
    impl_->in_thread([&] { impl_->close(); });
}

void FaultProxy::freeze() {
    impl_->in_thread([&] { impl_->weather_.frozen = true; });
}

void FaultProxy::delay(Milliseconds each_way) {
    impl_->in_thread([&] { impl_->weather_.delay = each_way; });
}

void FaultProxy::cut_answers_after(std::uint64_t bytes) {
    impl_->in_thread([&] { impl_->weather_.answer_bytes = bytes; });
}

void FaultProxy::restore() {
    impl_->in_thread([&] { impl_->restore(); });
}

int FaultProxy::connections() const {
    int taken = 0;
    impl_->in_thread([&] { taken = impl_->taken_; });
    return taken;
}

} // namespace vitrine::test
