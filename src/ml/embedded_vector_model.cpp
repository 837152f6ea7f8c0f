#include "ml/vector_model.hpp"

// The assembler puts the file between two symbols; VITRINE_VECTOR_MODEL is its path, given by the build.
asm(".section .rodata\n"
    ".balign 16\n"
    ".globl vitrine_vector_model_begin\n"
    "vitrine_vector_model_begin:\n"
    ".incbin \"" VITRINE_VECTOR_MODEL "\"\n"
    ".globl vitrine_vector_model_end\n"
    "vitrine_vector_model_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" const char vitrine_vector_model_begin[];
extern "C" const char vitrine_vector_model_end[];

namespace vitrine {

VectorModel embedded_vector_model() {
    const auto size = static_cast<std::size_t>(vitrine_vector_model_end - vitrine_vector_model_begin);
    return vector_model_from_bytes({vitrine_vector_model_begin, size});
}

} // namespace vitrine
