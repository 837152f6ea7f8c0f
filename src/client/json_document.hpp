#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vitrine/box.hpp>
#include <vitrine/time.hpp>

// Reading a server's document strictly, for the sources of this floor. Every function throws Error(BadInput) with a
// clause that names the member ("it has no text 'name'").

namespace vitrine::json_document {

using Json = nlohmann::ordered_json; ///< attributes keep their order

/// Refuses what is no JSON object, and what is nested deeper than 80.
Json object_from(const std::string& text);

const Json& member(const Json& object, const char* name);
const Json& object_in(const Json& object, const char* name);
const Json& list_in(const Json& object, const char* name);

/// The member where it is there and not null.
const Json* something_in(const Json& object, const char* name);

std::string text_in(const Json& object, const char* name);
std::vector<std::string> texts_in(const Json& object, const char* name);
bool flag_in(const Json& object, const char* name);
double number_in(const Json& object, const char* name);
std::int64_t whole_in(const Json& object, const char* name);
int small_in(const Json& object, const char* name); ///< an int
Box box_in(const Json& object, const char* name);
Timestamp moment_in(const Json& object, const char* name);
std::optional<Timestamp> moment_or_nothing_in(const Json& object, const char* name);

/// The text of `value`, as short as it goes.
std::string dumped(const Json& value);

} // namespace vitrine::json_document
