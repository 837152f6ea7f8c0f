# vitrine_embed_page(<target>)
#
# Compiles the web page's files (web/) into <target>, so that the program serves it with no file beside it. Every file but
# index.html gets an address with a hash of them all in it, /assets/HASH/…, and may be kept for good by whoever fetched it;
# in index.html each src="assets/… and href="assets/… is written so, and the modules are named for the browser to fetch at
# once instead of one import after the other.
# Run as a script (cmake -P) it writes the .cpp: -DOUTPUT=file -DFOLDER=web.
if(CMAKE_SCRIPT_MODE_FILE)
    file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*.js" "${FOLDER}/*.css" "${FOLDER}/*.svg")
    list(SORT files)

    set(type_js "text/javascript; charset=utf-8")
    set(type_css "text/css; charset=utf-8")
    set(type_svg "image/svg+xml")
    set(type_html "text/html; charset=utf-8")

    # The addresses' hash: of every file's name and content.
    set(all "")
    foreach(file ${files})
        file(SHA256 "${FOLDER}/${file}" hash)
        string(APPEND all "${file} ${hash}\n")
    endforeach()
    string(SHA256 version "${all}")
    string(SUBSTRING "${version}" 0 16 version)

    function(append_asset path type cache text)
        string(SHA256 etag "${text}")
        string(SUBSTRING "${etag}" 0 32 etag)
        if(text MATCHES "\\)page\"")
            message(FATAL_ERROR "${path}: the text that ends a literal, a parenthesis and page\", stands in it")
        endif()
        set(entries "${entries}    {\"${path}\", \"${type}\", \"\\\"${etag}\\\"\", \"${cache}\", R\"page(${text})page\"sv},\n" PARENT_SCOPE)
    endfunction()

    set(entries "")
    set(preloads "")
    foreach(file ${files})
        string(REGEX REPLACE ".*\\." "" extension "${file}")
        file(READ "${FOLDER}/${file}" text)
        append_asset("/assets/${version}/${file}" "${type_${extension}}" "public, max-age=31536000, immutable" "${text}")
        if(extension STREQUAL "js" AND NOT file MATCHES "_at_once\\.js$")
            string(APPEND preloads "  <link rel=\"modulepreload\" href=\"/assets/${version}/${file}\">\n")
        endif()
    endforeach()

    file(READ "${FOLDER}/index.html" page)
    string(REPLACE "\"assets/" "\"/assets/${version}/" page "${page}")
    string(REPLACE "</head>" "${preloads}</head>" page "${page}")
    append_asset("/" "${type_html}" "no-cache" "${page}")

    file(WRITE "${OUTPUT}" "// Made from web/ by cmake/EmbedPage.cmake.\n"
        "#include \"server/embedded_page.hpp\"\n\nnamespace vitrine {\n\nnamespace {\n\nusing namespace std::string_view_literals;\n\n"
        "constexpr PageAsset assets[] = {\n${entries}};\n\n} // namespace\n\n"
        "std::span<const PageAsset> page_assets() noexcept { return assets; }\n\n} // namespace vitrine\n")
    return()
endif()

function(vitrine_embed_page target)
    set(folder "${CMAKE_SOURCE_DIR}/web")
    set(output "${CMAKE_BINARY_DIR}/generated/embedded_page.cpp")
    file(GLOB_RECURSE files CONFIGURE_DEPENDS "${folder}/*.html" "${folder}/*.js" "${folder}/*.css" "${folder}/*.svg")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}" "-DOUTPUT=${output}" -P "${CMAKE_SOURCE_DIR}/cmake/EmbedPage.cmake"
        DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/EmbedPage.cmake"
        COMMENT "Embedding the web page" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()
