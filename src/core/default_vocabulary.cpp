#include "core/vocabulary.hpp"

// The vocabulary that is compiled in, in the form of a vocabulary file (vocabulary.hpp). Words are singular and plural
// where shops write both.

namespace vitrine {

std::string_view Vocabulary::builtin_text() noexcept {
    return R"(# The words that Vitrine knows; docs/models.md has the form of this file.

# Colours: compared as the first of their line.
same beige khaki
same blue azure indigo navy
same gray charcoal grey silver
same pink fuchsia magenta
same purple lilac mauve violet
same red burgundy crimson maroon scarlet
same turquoise aqua cyan teal

# Things and materials.
same backpack knapsack rucksack rucksacks
same bag handbag handbags purse
same bike bicycle bicycles
same chips crisps
same colour color
same coloured colored
same cookie biscuit biscuits
same corn maize
same cushion pillow pillows
same diaper nappies
same eggplant aubergine aubergines
same flashlight torch
same glasses eyeglasses spectacle spectacles
same headphones earphones
same hoody hoodie hoodies
same jeans denims
same jewelry jewellery
same leggings tights
same longsleeved longsleeve
same luggage suitcase suitcases
same multicoloured multicolour
same notebook laptop laptops
same organic eco ecological
same overall jumpsuit
same phone cellphone mobile
same rug carpet
same sofa couch settee
same sunglasses sunnies
same sweater jumper jumpers pullover pullovers
same trainer sneaker sneakers
same trousers pants
same tshirt tee tees
same tv television
same yogurt yoghurt yoghurts
same zucchini courgette courgettes

# Two words that are one.
join t shirt tshirt
join t shirts tshirt
join sweat shirt sweatshirt
join sweat shirts sweatshirt
join long sleeve longsleeved
join long sleeved longsleeved
join key board keyboard
join back pack backpack
join multi colour multicoloured

# Words that many products share: colours, sizes, units, shop talk. They weigh half.
common beige black blue bottle brown cl cm colour dark dl extra g gram gray green inch kg l large light
common litre m medium mini ml mm new orange pack pcs pink plain product purple red s set size small
common turquoise white x xl xs yellow

# Words that say nothing. They weigh a tenth, and meeting one is no sign.
stop a an and are as at by can de for from has have in is it its not of on or that the their they this to
stop very was well were when which will with you your
)";
}

} // namespace vitrine
