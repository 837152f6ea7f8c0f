#pragma once

#include <string>

namespace vitrine {

/// What a shop would call the classes of ImageNet and COCO, as a categories file has it (label_list.hpp): of the
/// classes that are nothing that is sold the category is empty. For classifiers of packs that name no categories of
/// their own.
std::string default_categories();

} // namespace vitrine
