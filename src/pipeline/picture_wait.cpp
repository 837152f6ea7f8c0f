#include "pipeline/picture_wait.hpp"

#include <vitrine/error.hpp>

namespace vitrine {

PictureOrWait picture_or_wait(PictureSource& pictures, const Image& original) {
    try {
        return pictures.of(original);
    } catch (const Error& error) {
        if (!error.retryable()) throw;
        return Retry{.after = error.retry_after(), .why = error.what(), .counts_as_attempt = false};
    }
}

} // namespace vitrine
