#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/prepared_phrase.hpp"

namespace vitrine {

/// How strongly the words printed on a thing (`printed`, read by a machine, so with wrong letters and noise) speak for
/// its being the product of that name and description, in [0, 1]. Absent words are not counted against it, since a
/// photo seldom shows all that is printed.
///
/// A printed word of three letters or more counts when it is a word of the product, when it is one of at least five
/// letters but for one wrong, missing or added letter, or when one of at least five contains the other ("arlako" for
/// "arla" needs four); stop words, numbers and units do not count. Words of the name count more than words of the
/// description. 0 for no such word; a single brand word gives about a half; 1 is approached, never passed. Safe from
/// any thread.
double text_overlap(const PreparedPhrase& printed, const PreparedPhrase& name, const PreparedPhrase& description);

/// The same for a name and a description in one text.
double text_overlap(std::string_view printed, std::string_view name_and_description);

/// Which of the printed words text_overlap found in the name or the description, as they were read. Pure.
std::vector<std::string> printed_words_found(const PreparedPhrase& printed, const PreparedPhrase& name,
                                             const PreparedPhrase& description);

} // namespace vitrine
