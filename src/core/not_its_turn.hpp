#pragma once

#include <vitrine/error.hpp>

namespace vitrine {

/// Thrown to a caller whose call was not made, or not taken up, through no fault of its own: its turn under a limit did
/// not come in time, the server is known to be down, the model is being loaded. A retryable Error with the time after
/// which another try is worth it; a step that ends with it has lost no attempt.
class NotItsTurn final : public Error {
public:
    using Error::Error;
};

} // namespace vitrine
