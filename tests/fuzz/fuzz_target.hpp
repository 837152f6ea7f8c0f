#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// Small valid inputs to start from.
std::vector<std::string> fuzz_seeds();

/// Hands `bytes` to the code under test and checks what it promises of any bytes. Only vitrine::Error may come out of
/// that code, and only with the codes its header names.
void fuzz_one(std::string_view bytes);

/// Ends the program, which is how a fuzzer learns of a broken promise. In every build, unlike assert.
inline void promise(bool kept, const char* what) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}
