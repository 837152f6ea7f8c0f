#include "http/http_message.hpp"

namespace vitrine {

std::string_view to_string(HttpMethod method) noexcept {
    switch (method) {
    case HttpMethod::Get: return "GET";
    case HttpMethod::Head: return "HEAD";
    case HttpMethod::Put: return "PUT";
    case HttpMethod::Post: return "POST";
    case HttpMethod::Delete: return "DELETE";
    }
    return "GET";
}

std::string_view HttpResponse::header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

} // namespace vitrine
