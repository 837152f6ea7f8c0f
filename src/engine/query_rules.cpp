#include "engine/query_rules.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

void check(const QueryOptions& options) {
    if (options.top < 1 || options.top > 1000) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The number of products asked for is {}; ask for 1 to 1000.", options.top));
    }
    if (!(options.min_score >= 0.0 && options.min_score <= 1.0)) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The least score asked for is {}; scores are from 0 to 1.", options.min_score));
    }
    check(scope_of(options));
}

void check_box(const Box& box, int width, int height) {
    if (box.fits(width, height)) return;
    throw Error(ErrorCode::BadInput,
                fmt::format("The box {},{},{},{} does not lie in the photo, which is {} pixels wide and {} high; give "
                            "x,y,width,height within it.",
                            box.x, box.y, box.w, box.h, width, height));
}

ProductScope scope_of(const QueryOptions& options) {
    return {.category = options.category, .attributes = options.attributes};
}

} // namespace vitrine
