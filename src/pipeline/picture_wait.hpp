#pragma once

#include <memory>
#include <variant>

#include <vitrine/image.hpp>

#include "jobs/step.hpp"
#include "pipeline/picture_source.hpp"

namespace vitrine {

using PictureOrWait = std::variant<std::shared_ptr<const DecodedPicture>, Retry>;

/// The pixels of a stored original, or, while the image store cannot be reached, another try that costs the step no
/// attempt: a store that is down for an hour fails no job. Throws as PictureSource::of for what trying again would not
/// help.
PictureOrWait picture_or_wait(PictureSource& pictures, const Image& original);

} // namespace vitrine
