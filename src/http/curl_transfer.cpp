#include "http/curl_transfer.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <vitrine/error.hpp>

#include "http/answer_reader.hpp"
#include "http/ascii.hpp"
#include "http/curl_failure.hpp"
#include "http/http_target.hpp"
#include "http/public_address.hpp"

namespace vitrine {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr long buffer_bytes = 128L << 10; // libcurl's 16 KiB cost a system call for each

// Made before the first handle of any thread, and ended with the program.
class CurlLibrary {
public:
    CurlLibrary() {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            throw Error(ErrorCode::Internal, "libcurl could not be started; check the installed library.");
    }
    ~CurlLibrary() { curl_global_cleanup(); }
    CurlLibrary(const CurlLibrary&) = delete;
    CurlLibrary& operator=(const CurlLibrary&) = delete;

    static void start() { static const CurlLibrary library; }
};

struct EasyDeleter {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

/// One request on its way: what libcurl's callbacks read and write.
struct Exchange {
    const HttpRequest& request;
    const std::string name;
    AnswerReader reader{request, name};
    std::exception_ptr thrown; ///< by a callback; libcurl is C, so that it waits here until the transfer has ended
    curl_off_t moved_bytes = 0;
    SteadyClock::time_point last_moved = SteadyClock::now();
    std::string refused_address; ///< the last that is not public
};

/// What a callback returns when `work` threw.
template <class Work>
std::size_t kept_from_curl(Exchange& exchange, std::size_t failed, const Work& work) {
    try {
        return work();
    } catch (...) {
        exchange.thrown = std::current_exception();
        return failed;
    }
}

std::size_t on_header(char* bytes, std::size_t one, std::size_t count, void* data) {
    auto& exchange = *static_cast<Exchange*>(data);
    return kept_from_curl(exchange, 0, [&] {
        exchange.reader.take_header({bytes, one * count});
        return one * count;
    });
}

std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* data) {
    auto& exchange = *static_cast<Exchange*>(data);
    return kept_from_curl(exchange, 0, [&] {
        const bool more = exchange.reader.take_body({bytes, one * count});
        return more ? one * count : 0;
    });
}

std::size_t on_read(char* buffer, std::size_t one, std::size_t count, void* data) {
    auto& exchange = *static_cast<Exchange*>(data);
    const auto& source = std::get<HttpBodySource>(*exchange.request.body);
    return kept_from_curl(exchange, CURL_READFUNC_ABORT, [&] { return source.read({buffer, one * count}); });
}

int on_seek(void* data, curl_off_t offset, int origin) {
    auto& exchange = *static_cast<Exchange*>(data);
    const auto& source = std::get<HttpBodySource>(*exchange.request.body);
    if (offset != 0 || origin != SEEK_SET || !source.rewind) return CURL_SEEKFUNC_CANTSEEK;
    const auto done = kept_from_curl(exchange, 0, [&] { return source.rewind(), std::size_t{1}; });
    return done == 1 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

int on_progress(void* data, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
    auto& exchange = *static_cast<Exchange*>(data);
    if (received + sent == exchange.moved_bytes) return 0;
    exchange.moved_bytes = received + sent;
    exchange.last_moved = SteadyClock::now();
    return 0;
}

std::string text_of(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (address.sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    if (address.sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (bytes == nullptr) return "an unknown kind";
    ::inet_ntop(address.sa_family, bytes, text.data(), text.size());
    return text.data();
}

bool is_public(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr;
        return is_public_address({reinterpret_cast<const std::uint8_t*>(&v4), sizeof(v4)});
    }
    if (address.sa_family == AF_INET6) {
        return is_public_address(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr);
    }
    return false;
}

// Between the resolving of a name and its connection: what is looked at here is what is connected to.
curl_socket_t on_open_socket(void* data, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(data);
    if (!is_public(address->addr)) {
        exchange.refused_address = text_of(address->addr);
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    if (const auto code = curl_easy_setopt(easy, option, value); code != CURLE_OK)
        throw Error(ErrorCode::Internal, fmt::format("libcurl refused an option ({}).", curl_easy_strerror(code)));
}

void add(HeaderList& list, const std::string& line) {
    auto* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release()); // the longer list owns it
    list.reset(longer);
}

void check_header(const Exchange& exchange, std::string_view name, std::string_view value) {
    constexpr std::string_view line_ends("\r\n\0", 3);
    if (!name.empty() && name.find_first_of(": ") == std::string_view::npos &&
        name.find_first_of(line_ends) == std::string_view::npos &&
        value.find_first_of(line_ends) == std::string_view::npos)
        return;
    throw Error(ErrorCode::Configuration,
                fmt::format("{}: a header or key holds a line break or another byte that HTTP forbids; check the "
                            "configured keys.",
                            exchange.name));
}

HeaderList header_list(const Exchange& exchange) {
    HeaderList list;
    bool has_type = false;
    for (const auto& [name, value] : exchange.request.headers) {
        check_header(exchange, name, value);
        has_type = has_type || ascii_lower_case(name) == "content-type";
        add(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    }
    // Not libcurl's own ideas: a form's type for any body, and a second's wait for servers that ignore Expect.
    if (!has_type) add(list, "Content-Type:");
    add(list, "Expect:");
    return list;
}

void set_bytes(CURL* easy, std::string_view bytes) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
    set(easy, CURLOPT_POSTFIELDS, bytes.empty() ? "" : bytes.data());
}

void set_source(CURL* easy, Exchange& exchange, const HttpBodySource& source) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(source.bytes));
    set(easy, CURLOPT_READFUNCTION, &on_read);
    set(easy, CURLOPT_READDATA, &exchange);
    set(easy, CURLOPT_SEEKFUNCTION, &on_seek);
    set(easy, CURLOPT_SEEKDATA, &exchange);
}

void set_method_and_body(CURL* easy, Exchange& exchange) {
    const auto& request = exchange.request;
    if (request.body && std::holds_alternative<HttpBodySource>(*request.body)) {
        set_source(easy, exchange, std::get<HttpBodySource>(*request.body));
    } else if (request.body) {
        set_bytes(easy, std::get<std::string_view>(*request.body));
    } else if (request.method == HttpMethod::Put || request.method == HttpMethod::Post) {
        set_bytes(easy, {});
    }
    if (request.method == HttpMethod::Head)
        set(easy, CURLOPT_NOBODY, 1L);
    else
        set(easy, CURLOPT_CUSTOMREQUEST, to_string(request.method).data());
}

void set_limits(CURL* easy, const HttpLimits& limits) {
    const auto milliseconds = [](Milliseconds limit) {
        return static_cast<long>(std::clamp<std::int64_t>(limit.count(), 0, 1'000'000'000));
    };
    set(easy, CURLOPT_TIMEOUT_MS, milliseconds(limits.deadline));
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect));
}

void set_signing(CURL* easy, const AwsSigning& signing) {
    set(easy, CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:{}", signing.region, signing.service).c_str());
    set(easy, CURLOPT_USERNAME, signing.access_key.c_str());
    set(easy, CURLOPT_PASSWORD, signing.secret_key.c_str());
}

void set_callbacks(CURL* easy, Exchange& exchange) {
    set(easy, CURLOPT_HEADERFUNCTION, &on_header);
    set(easy, CURLOPT_HEADERDATA, &exchange);
    set(easy, CURLOPT_WRITEFUNCTION, &on_body);
    set(easy, CURLOPT_WRITEDATA, &exchange);
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(easy, CURLOPT_XFERINFODATA, &exchange);
}

void keep_to_public_addresses(CURL* easy, Exchange& exchange) {
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, &exchange);
}

void prepare(CURL* easy, Exchange& exchange, const HeaderList& headers) {
    const auto& request = exchange.request;
    set(easy, CURLOPT_URL, request.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_FOLLOWLOCATION, request.redirects_max > 0 ? 1L : 0L);
    set(easy, CURLOPT_MAXREDIRS, static_cast<long>(request.redirects_max));
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)); // one transfer a connection anyway
    set(easy, CURLOPT_NOSIGNAL, 1L); // libcurl's name lookups would otherwise raise SIGALRM among our threads
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy, CURLOPT_BUFFERSIZE, buffer_bytes);
    set(easy, CURLOPT_HTTPHEADER, headers.get());
    set_method_and_body(easy, exchange);
    set_limits(easy, request.limits);
    set_callbacks(easy, exchange);
    if (request.signing) set_signing(easy, *request.signing);
    if (!request.strangers_url) return;
    set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    if (!request.strangers_url->private_addresses_too) keep_to_public_addresses(easy, exchange);
}

void check_stop(const Exchange& exchange) {
    if (exchange.request.stop.stop_requested())
        throw Error(ErrorCode::Cancelled, fmt::format("{}: it was cancelled.", exchange.name));
}

/// How long to wait for the next byte; throws when none came for too long.
Milliseconds patience(const Exchange& exchange) {
    constexpr Milliseconds look_again{60'000};
    const auto stall = exchange.request.limits.stall;
    if (stall.count() <= 0) return look_again;
    const auto still = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - exchange.last_moved);
    if (still >= stall) {
        throw Error(ErrorCode::TimedOut,
                    fmt::format("{}: not a byte came from the server in {} ms.", exchange.name, stall.count()));
    }
    return std::min(look_again, stall - still);
}

/// Holds the easy handle in the multi handle, where its transfer runs.
class Running {
public:
    Running(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
        if (curl_multi_add_handle(multi_, easy_) != CURLM_OK)
            throw Error(ErrorCode::Internal, "libcurl could not start a transfer.");
    }
    ~Running() { curl_multi_remove_handle(multi_, easy_); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    /// Moves what can be moved now; whether the transfer still runs.
    [[nodiscard]] bool step() const {
        int running = 0;
        if (curl_multi_perform(multi_, &running) != CURLM_OK)
            throw Error(ErrorCode::Internal, "libcurl could not go on with a transfer.");
        return running > 0;
    }

    void wait(Milliseconds longest) const {
        curl_multi_poll(multi_, nullptr, 0, static_cast<int>(longest.count()), nullptr);
    }

    [[nodiscard]] CURLcode result() const {
        int left = 0;
        const auto* const message = curl_multi_info_read(multi_, &left);
        return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result : CURLE_RECV_ERROR;
    }

private:
    CURLM* const multi_;
    CURL* const easy_;
};

} // namespace

struct CurlTransfer::Handles {
    // A multi handle even for one transfer: it can be woken by another thread, and it keeps the connections.
    const std::unique_ptr<CURLM, MultiDeleter> multi;
    const std::unique_ptr<CURL, EasyDeleter> easy;
    std::array<char, CURL_ERROR_SIZE> detail{};

    Handles() : multi(curl_multi_init()), easy(curl_easy_init()) {
        if (!multi || !easy) throw Error(ErrorCode::Internal, "libcurl could not be prepared; is there memory left?");
    }
};

CurlTransfer::CurlTransfer() : handles_((CurlLibrary::start(), new Handles)) {}

struct CurlTransfer::Underway {
    explicit Underway(const HttpRequest& request)
        : exchange{.request = request, .name = name_of(request)}, headers(header_list(exchange)) {}

    Exchange exchange;
    const HeaderList headers;
    std::optional<Running> running; ///< last: it ends before what libcurl has pointers to
    bool goes_on = true;

    CURLcode carry_out(CURLM* multi) {
        const std::stop_callback wake(exchange.request.stop, [multi] { curl_multi_wakeup(multi); });
        check_stop(exchange);
        while (goes_on) {
            running->wait(patience(exchange));
            check_stop(exchange);
            goes_on = running->step();
        }
        return running->result();
    }
};

CurlTransfer::~CurlTransfer() = default;

void CurlTransfer::begin(const HttpRequest& request) {
    underway_ = std::make_unique<Underway>(request);
    check_stop(underway_->exchange);
    auto* const easy = handles_->easy.get();
    curl_easy_reset(easy); // options alone; connections stay
    handles_->detail.front() = '\0';
    set(easy, CURLOPT_ERRORBUFFER, handles_->detail.data());
    prepare(easy, underway_->exchange, underway_->headers);
    underway_->running.emplace(handles_->multi.get(), easy);
    underway_->goes_on = underway_->running->step();
}

HttpResponse CurlTransfer::end() {
    const auto underway = std::move(underway_);
    auto& exchange = underway->exchange;
    auto code = underway->carry_out(handles_->multi.get());
    underway->running.reset();
    curl_easy_reset(handles_->easy.get()); // no pointer to what was under way stays behind
    if (exchange.thrown) std::rethrow_exception(exchange.thrown);
    // libcurl takes a connection that ends among the headers for the answer's end.
    if (code == CURLE_OK && !exchange.reader.head_whole()) code = CURLE_PARTIAL_FILE;
    if (code == CURLE_COULDNT_CONNECT && !exchange.refused_address.empty())
        throw not_public_error(exchange.refused_address, exchange.name);
    if (code != CURLE_OK && !exchange.reader.error_body_full())
        throw transfer_error(code, handles_->detail.data(), exchange.name);
    return exchange.reader.take();
}

} // namespace vitrine
