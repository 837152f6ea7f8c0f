#include "tls_server.hpp"

#include <atomic>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/socket.h>

namespace vitrine::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct KeyDeleter {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using Certificate = std::unique_ptr<X509, CertificateDeleter>;

Certificate self_signed(EVP_PKEY* key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    auto* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), name);
    if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) throw std::runtime_error("no certificate");
    return certificate;
}

} // namespace

class TlsServer::Impl {
public:
    Impl() : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
        const Key key(EVP_RSA_gen(2048));
        const auto certificate = self_signed(key.get());
        SSL_CTX_use_certificate(tls_.native_handle(), certificate.get());
        SSL_CTX_use_PrivateKey(tls_.native_handle(), key.get());
        thread_ = std::jthread([this] { serve(); });
    }

    ~Impl() {
        stopping_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR); // ends the blocking accept
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] int answered() const noexcept { return answered_; }

private:
    void serve() {
        while (!stopping_) {
            error_code why; // of the client's making: that connection is over, the next may come
            asio::ssl::stream<tcp::socket> client(context_, tls_);
            acceptor_.accept(client.next_layer(), why);
            if (!why) client.handshake(asio::ssl::stream_base::server, why);
            char byte = 0;
            if (!why && client.read_some(asio::buffer(&byte, 1), why) == 1) {
                ++answered_;
                constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                asio::write(client, asio::buffer(answer), why);
            }
        }
    }

    asio::io_context context_;
    asio::ssl::context tls_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_;
    const std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> answered_{0};
    std::jthread thread_; ///< last: uses all of the above
};

TlsServer::TlsServer() : impl_(std::make_unique<Impl>()) {}

TlsServer::~TlsServer() = default;

std::uint16_t TlsServer::port() const noexcept {
    return impl_->port();
}

std::string TlsServer::url() const {
    return "https://127.0.0.1:" + std::to_string(port());
}

int TlsServer::answered() const {
    return impl_->answered();
}

} // namespace vitrine::test
