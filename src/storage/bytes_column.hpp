#pragma once

#include <string>
#include <string_view>

namespace vitrine {

// Byte strings in SQL. Both databases take and give them as hexadecimal text, so that one SQL text serves both and no
// large-object interface is needed: PostgreSQL has the functions decode and encode, and every SQLite session is given
// functions of the same names.
//
//     const std::string hex = to_hex(bytes);
//     change_prepared(tx, "UPDATE images SET vector = decode(:vector, 'hex') WHERE id = :id", use(hex, "vector"), …);
//     run_prepared(tx, "SELECT encode(vector, 'hex') FROM images WHERE id = :id", into(hex), use(id, "id"));
//
// NULL goes in as NULL and comes out as NULL.

/// Two lower-case hex digits for every byte.
std::string to_hex(std::string_view bytes);

/// The bytes of a text of hex digits in either case. Throws Error(Corrupted) when it is not one.
std::string from_hex(std::string_view hex);

} // namespace vitrine
