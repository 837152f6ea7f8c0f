# How everything is compiled: C++20, warnings are errors, sanitizers by preset, ccache where present.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(VITRINE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")
set(VITRINE_ARCH "x86-64-v3" CACHE STRING "-march of the release; x86-64-v3 has AVX2 and FMA; empty for the compiler's default")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(vitrine_options INTERFACE)
target_compile_options(vitrine_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    -Wno-missing-field-initializers -Werror) # members with defaults are left out of designated initialisers on purpose
if(VITRINE_ARCH AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(vitrine_options INTERFACE "-march=${VITRINE_ARCH}")
endif()
if(VITRINE_SANITIZE)
    # vptr: SOCI hides the typeinfo of its classes, so that check would not link.
    target_compile_options(vitrine_options INTERFACE "-fsanitize=${VITRINE_SANITIZE}" -fno-sanitize=vptr -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(vitrine_options INTERFACE "-fsanitize=${VITRINE_SANITIZE}")
    # GCC 12 takes parts of <regex> for uninitialised where they are instrumented.
    set_source_files_properties(src/server/embedded_page_test.cpp PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
    # Asio's fences are nothing that ThreadSanitizer can see, and GCC says so; a connection is one thread's at a time.
    if(VITRINE_SANITIZE MATCHES "thread")
        set_source_files_properties(src/server/beast_server.cpp src/server/connection.cpp src/server/connection_answer.cpp
                                    PROPERTIES COMPILE_OPTIONS -Wno-tsan)
    endif()
endif()
target_include_directories(vitrine_options INTERFACE "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/src")
