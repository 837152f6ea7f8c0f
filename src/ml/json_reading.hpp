#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <vitrine/image.hpp>

// Reading the JSON of a server that may say anything: for the sources of this floor that understand answers. Every
// function throws Error(BadInput) with a clause that says what is wrong ("it has no list 'crops'").

namespace vitrine {

using Json = nlohmann::json;

namespace json_reading {

/// Throws Error(Unavailable, "JSON") for what is no JSON at all: cut short, a web page. JSON but for NaN or an
/// infinity, which some writers let through, is BadInput.
Json parsed(std::string_view text);

/// The member of that name; a null where there is none. Throws when `object` is none.
const Json& member(const Json& object, const char* name);

const Json& list_of(const Json& object, const char* name);
const std::string& text_of(const Json& object, const char* name);

/// A finite number. `what` names it in the message: "a score".
double number_from(const Json& value, std::string_view what);

/// A list of 1 to `values_max` finite numbers, brought to unit length.
Embedding unit_vector_from(const Json& list, std::size_t values_max);

} // namespace json_reading
} // namespace vitrine
