#pragma once

#include <vitrine/box.hpp>

#include "images/picture.hpp"

namespace vitrine {

/// How sharp a part of a picture is: the variance of its Laplacian, in squared grey levels, of the part reduced by the
/// smallest whole number that leaves at most 256 pixels a side, so that a large photo's noise does not count as detail
/// (Pech-Pacheco et al., 2000). Shop photos have some
/// hundreds, a part out of focus less than ten, an even surface none. The box fits the picture. Safe from any thread.
double sharpness(const Picture& picture, const Box& box);

} // namespace vitrine
