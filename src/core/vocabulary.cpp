#include "core/vocabulary.hpp"

#include <algorithm>
#include <array>

namespace vitrine {
namespace {

struct Synonym {
    std::string_view word;
    std::string_view canonical;
};

// Sorted by word, for binary search. Both spellings folded, singular and plural where shops write both.
constexpr std::array synonyms = {
    Synonym{"aqua", "turquoise"},       Synonym{"aubergine", "eggplant"},  Synonym{"aubergines", "eggplant"},
    Synonym{"azure", "blue"},           Synonym{"bicycle", "bike"},        Synonym{"bicycles", "bike"},
    Synonym{"biscuit", "cookie"},       Synonym{"biscuits", "cookie"},     Synonym{"burgundy", "red"},
    Synonym{"carpet", "rug"},           Synonym{"cellphone", "phone"},     Synonym{"charcoal", "gray"},
    Synonym{"color", "colour"},         Synonym{"colored", "coloured"},    Synonym{"couch", "sofa"},
    Synonym{"courgette", "zucchini"},   Synonym{"courgettes", "zucchini"}, Synonym{"crimson", "red"},
    Synonym{"crisps", "chips"},         Synonym{"cyan", "turquoise"},      Synonym{"denims", "jeans"},
    Synonym{"earphones", "headphones"}, Synonym{"eco", "organic"},         Synonym{"ecological", "organic"},
    Synonym{"eyeglasses", "glasses"},   Synonym{"fuchsia", "pink"},        Synonym{"grey", "gray"},
    Synonym{"handbag", "bag"},          Synonym{"handbags", "bag"},        Synonym{"hoodie", "hoody"},
    Synonym{"hoodies", "hoody"},        Synonym{"indigo", "blue"},         Synonym{"jewellery", "jewelry"},
    Synonym{"jumper", "sweater"},       Synonym{"jumpers", "sweater"},     Synonym{"jumpsuit", "overall"},
    Synonym{"khaki", "beige"},          Synonym{"knapsack", "backpack"},   Synonym{"laptop", "notebook"},
    Synonym{"laptops", "notebook"},     Synonym{"lilac", "purple"},        Synonym{"longsleeve", "longsleeved"},
    Synonym{"magenta", "pink"},         Synonym{"maize", "corn"},          Synonym{"maroon", "red"},
    Synonym{"mauve", "purple"},         Synonym{"mobile", "phone"},        Synonym{"multicolour", "multicoloured"},
    Synonym{"nappies", "diaper"},       Synonym{"navy", "blue"},           Synonym{"pants", "trousers"},
    Synonym{"pillow", "cushion"},       Synonym{"pillows", "cushion"},     Synonym{"pullover", "sweater"},
    Synonym{"pullovers", "sweater"},    Synonym{"purse", "bag"},           Synonym{"rucksack", "backpack"},
    Synonym{"rucksacks", "backpack"},   Synonym{"scarlet", "red"},         Synonym{"settee", "sofa"},
    Synonym{"silver", "gray"},          Synonym{"sneaker", "trainer"},     Synonym{"sneakers", "trainer"},
    Synonym{"spectacle", "glasses"},    Synonym{"spectacles", "glasses"},  Synonym{"suitcase", "luggage"},
    Synonym{"suitcases", "luggage"},    Synonym{"sunnies", "sunglasses"},  Synonym{"teal", "turquoise"},
    Synonym{"tee", "tshirt"},           Synonym{"tees", "tshirt"},         Synonym{"television", "tv"},
    Synonym{"tights", "leggings"},      Synonym{"torch", "flashlight"},    Synonym{"violet", "purple"},
    Synonym{"yoghurt", "yogurt"},       Synonym{"yoghurts", "yogurt"},
};

struct Join {
    std::string_view first;
    std::string_view second;
    std::string_view joined;
};

constexpr std::array joins = {
    Join{"t", "shirt", "tshirt"},
    Join{"t", "shirts", "tshirt"},
    Join{"sweat", "shirt", "sweatshirt"},
    Join{"sweat", "shirts", "sweatshirt"},
    Join{"long", "sleeve", "longsleeved"},
    Join{"long", "sleeved", "longsleeved"},
    Join{"key", "board", "keyboard"},
    Join{"back", "pack", "backpack"},
    Join{"multi", "colour", "multicoloured"},
};

// Sorted.
constexpr std::array stop_words = {
    std::string_view{"a"},     std::string_view{"an"},   std::string_view{"and"},  std::string_view{"are"},
    std::string_view{"as"},    std::string_view{"at"},   std::string_view{"by"},   std::string_view{"can"},
    std::string_view{"de"},    std::string_view{"for"},  std::string_view{"from"}, std::string_view{"has"},
    std::string_view{"have"},  std::string_view{"in"},   std::string_view{"is"},   std::string_view{"it"},
    std::string_view{"its"},   std::string_view{"not"},  std::string_view{"of"},   std::string_view{"on"},
    std::string_view{"or"},    std::string_view{"that"}, std::string_view{"the"},  std::string_view{"their"},
    std::string_view{"they"},  std::string_view{"this"}, std::string_view{"to"},   std::string_view{"very"},
    std::string_view{"was"},   std::string_view{"well"}, std::string_view{"were"}, std::string_view{"when"},
    std::string_view{"which"}, std::string_view{"will"}, std::string_view{"with"}, std::string_view{"you"},
    std::string_view{"your"},
};

// Words that many products share: colours, sizes, units, shop talk. Sorted.
constexpr std::array common_words = {
    std::string_view{"beige"},   std::string_view{"black"},  std::string_view{"blue"},   std::string_view{"bottle"},
    std::string_view{"brown"},   std::string_view{"cl"},     std::string_view{"cm"},     std::string_view{"colour"},
    std::string_view{"dark"},    std::string_view{"dl"},     std::string_view{"extra"},  std::string_view{"g"},
    std::string_view{"gram"},    std::string_view{"gray"},   std::string_view{"green"},  std::string_view{"inch"},
    std::string_view{"kg"},      std::string_view{"l"},      std::string_view{"large"},  std::string_view{"light"},
    std::string_view{"litre"},   std::string_view{"m"},      std::string_view{"medium"}, std::string_view{"mini"},
    std::string_view{"ml"},      std::string_view{"mm"},     std::string_view{"new"},    std::string_view{"orange"},
    std::string_view{"pack"},    std::string_view{"pcs"},    std::string_view{"pink"},   std::string_view{"plain"},
    std::string_view{"product"}, std::string_view{"purple"}, std::string_view{"red"},    std::string_view{"s"},
    std::string_view{"set"},     std::string_view{"size"},   std::string_view{"small"},  std::string_view{"turquoise"},
    std::string_view{"white"},   std::string_view{"x"},      std::string_view{"xl"},     std::string_view{"xs"},
    std::string_view{"yellow"},
};

static_assert(std::ranges::is_sorted(synonyms, {}, &Synonym::word));
static_assert(std::ranges::is_sorted(stop_words));
static_assert(std::ranges::is_sorted(common_words));

} // namespace

std::string_view canonical_word(std::string_view folded) noexcept {
    const auto found = std::ranges::lower_bound(synonyms, folded, {}, &Synonym::word);
    return found != synonyms.end() && found->word == folded ? found->canonical : folded;
}

std::string_view joined_word(std::string_view first, std::string_view second) noexcept {
    for (const auto& join : joins) {
        if (join.first == first && join.second == second) return join.joined;
    }
    return {};
}

bool is_stop_word(std::string_view folded) noexcept {
    return std::ranges::binary_search(stop_words, folded);
}

double word_weight(std::string_view folded) noexcept {
    if (is_stop_word(folded)) return 0.1;
    const bool has_letter = std::ranges::any_of(folded, [](char c) { return c < '0' || c > '9'; });
    if (!has_letter || std::ranges::binary_search(common_words, folded)) return 0.5;
    // Long words are rare words (Zipf, 1935): three letters weigh 0.8, ten or more 1.5.
    return 0.5 + 0.1 * static_cast<double>(std::min<std::size_t>(folded.size(), 10));
}

} // namespace vitrine
