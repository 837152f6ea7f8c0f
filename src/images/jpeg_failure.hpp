#pragma once

// For the sources of this floor alone: libjpeg's header must not leak through any other.

#include <csetjmp>
#include <cstdio> // jpeglib.h needs it

#include <jpeglib.h>

namespace vitrine {

/// How libjpeg tells of a failure here: it jumps to `where`, and neither prints nor ends the process. The function that
/// set `where` (setjmp) must hold nothing that has a destructor when libjpeg jumps.
struct JpegFailure {
    JpegFailure() {
        jpeg_std_error(&functions);
        functions.error_exit = [](j_common_ptr info) {
            std::longjmp(reinterpret_cast<JpegFailure*>(info->err)->where, 1);
        };
        functions.output_message = [](j_common_ptr) {};
    }

    /// How often libjpeg passed something over, such as damage that it filled with grey.
    [[nodiscard]] long warnings() const noexcept { return functions.num_warnings; }

    jpeg_error_mgr functions{}; // first: libjpeg knows the whole by its address
    std::jmp_buf where{};
};

} // namespace vitrine
