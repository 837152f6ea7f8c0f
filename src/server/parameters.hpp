#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <vitrine/box.hpp>

#include "server/message.hpp"

namespace vitrine::server {

struct Range {
    std::int64_t least;
    std::int64_t most;
};

/// A request's query parameters as values. Each throws Error(BadInput) that names the parameter, what stands there and
/// what it must be; one that came twice is refused.
class Parameters {
public:
    /// Refuses any parameter that is neither among `known` nor begins with one of `known` that ends in '.'.
    Parameters(const Request& request, std::initializer_list<std::string_view> known);

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> whole(std::string_view name, Range range) const;
    [[nodiscard]] std::optional<double> fraction(std::string_view name) const; ///< in [0, 1]
    [[nodiscard]] std::optional<Box> box(std::string_view name) const;         ///< "x,y,w,h", w and h over 0

    /// The values of the parameters that begin with `prefix`, by what follows it; in their order.
    [[nodiscard]] Fields with_prefix(std::string_view prefix) const;

private:
    const Fields& fields_;
};

/// `text` as a whole number in the range; throws Error(BadInput) that calls it `what`.
std::int64_t whole_number(std::string_view text, Range range, std::string_view what);

/// A captured id; throws Error(NotFound) for what cannot be one, as for one that is not there.
std::int64_t captured_id(const Request& request, std::size_t place, std::string_view what);

} // namespace vitrine::server
