# vitrine_embed_migrations(<target>)
#
# Compiles src/storage/migrations/*.sql into <target>, so that the program needs no file beside it to make its tables.
# Run as a script (cmake -P) it writes the .cpp: -DOUTPUT=file -DFOLDER=folder of the .sql files.
if(CMAKE_SCRIPT_MODE_FILE)
    cmake_policy(SET CMP0057 NEW) # IN_LIST
    file(GLOB files "${FOLDER}/*.sql")
    list(SORT files)
    set(entries "")
    foreach(file ${files})
        get_filename_component(name "${file}" NAME_WE)
        if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
            message(FATAL_ERROR "${file}: a migration is named 0001_what_it_does.sql")
        endif()
        string(REGEX REPLACE "^0*([0-9]+)_.*" "\\1" version "${name}")
        if(version IN_LIST versions)
            message(FATAL_ERROR "${file}: another migration has the number ${version}; take the next free one")
        endif()
        list(APPEND versions "${version}")
        file(READ "${file}" sql)
        string(APPEND entries "    {${version}, \"${name}\", R\"migration(${sql})migration\"},\n")
    endforeach()
    file(WRITE "${OUTPUT}" "// Made from src/storage/migrations by cmake/EmbedMigrations.cmake.\n"
        "#include \"storage/schema.hpp\"\n\nnamespace vitrine {\n\nnamespace {\n\n"
        "constexpr Migration migrations[] = {\n${entries}};\n\n} // namespace\n\n"
        "std::span<const Migration> embedded_migrations() { return migrations; }\n\n} // namespace vitrine\n")
    return()
endif()

function(vitrine_embed_migrations target)
    set(folder "${CMAKE_SOURCE_DIR}/src/storage/migrations")
    set(output "${CMAKE_BINARY_DIR}/generated/embedded_migrations.cpp")
    file(GLOB files CONFIGURE_DEPENDS "${folder}/*.sql")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}" "-DOUTPUT=${output}" -P "${CMAKE_SOURCE_DIR}/cmake/EmbedMigrations.cmake"
        DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/EmbedMigrations.cmake"
        COMMENT "Embedding the migrations" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()
