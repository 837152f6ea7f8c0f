# vitrine_embed_openapi(<target>)
#
# Compiles src/server/openapi.json into <target>, so that the program needs no file beside it to describe its API.
# Run as a script (cmake -P) it writes the .cpp: -DOUTPUT=file -DINPUT=openapi.json.
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ "${INPUT}" document)
    # A literal of any length is several that stand together: compilers must take only 64 KiB in one.
    string(LENGTH "${document}" length)
    set(literals "")
    set(at 0)
    while(at LESS length)
        string(SUBSTRING "${document}" ${at} 16000 piece)
        string(APPEND literals "    R\"openapi(${piece})openapi\"\n")
        math(EXPR at "${at} + 16000")
    endwhile()
    file(WRITE "${OUTPUT}" "// Made from src/server/openapi.json by cmake/EmbedOpenapi.cmake.\n"
        "#include \"server/openapi.hpp\"\n\nnamespace vitrine::server {\n\n"
        "std::string_view openapi_document() noexcept {\n    return\n${literals}    ;\n}\n\n} // namespace vitrine::server\n")
    return()
endif()

function(vitrine_embed_openapi target)
    set(input "${CMAKE_SOURCE_DIR}/src/server/openapi.json")
    set(output "${CMAKE_BINARY_DIR}/generated/openapi_document.cpp")
    # A document of 140 kB in one literal: longer than the 64 kB that every C++ compiler must take, and Clang says so.
    set_source_files_properties("${output}" PROPERTIES COMPILE_OPTIONS "$<$<CXX_COMPILER_ID:Clang>:-Wno-overlength-strings>")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DINPUT=${input}" "-DOUTPUT=${output}" -P "${CMAKE_SOURCE_DIR}/cmake/EmbedOpenapi.cmake"
        DEPENDS "${input}" "${CMAKE_SOURCE_DIR}/cmake/EmbedOpenapi.cmake"
        COMMENT "Embedding the API's description" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()
