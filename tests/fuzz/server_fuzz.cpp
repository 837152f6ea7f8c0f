// What a client of the API may send: an address, a form, a JSON body, a header. The first byte chooses which.

#include <algorithm>

#include <vitrine/error.hpp>

#include "fuzz_target.hpp"
#include "server/entity_tags.hpp"
#include "server/json_object.hpp"
#include "server/multipart.hpp"
#include "server/parameters.hpp"
#include "server/preferences.hpp"
#include "server/target.hpp"

namespace {

using namespace vitrine::server;

void fuzz_target_line(std::string_view bytes) {
    const auto target = parse_target(bytes);
    promise(target.segments.size() <= 32 && target.query.size() <= 64, "an address is bounded");
    for (const auto& segment : target.segments) promise(is_plain_utf8(segment), "a segment is text");
    for (const auto& [name, value] : target.query) {
        promise(is_plain_utf8(name) && is_plain_utf8(value), "a parameter is text");
    }
    const Request request{.query = target.query};
    const Parameters parameters(request, {"top", "box", "min_score", "attr."});
    const auto top = parameters.whole("top", {1, 1000});
    promise(!top || (*top >= 1 && *top <= 1000), "a number is in its range");
    const auto score = parameters.fraction("min_score");
    promise(!score || (*score >= 0 && *score <= 1), "a fraction is in [0, 1]");
    const auto box = parameters.box("box");
    promise(!box || (box->x >= 0 && box->y >= 0 && box->w > 0 && box->h > 0), "a box has an area");
}

void fuzz_form(std::string_view bytes) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    const auto body = bytes.substr(std::min(bytes.size(), line.size() + 1));
    const auto boundary = boundary_of(line);
    promise(!boundary.empty() && boundary.size() <= 70, "a boundary is bounded");
    for (const auto& part : parse_multipart(body, boundary)) {
        promise(!part.name.empty(), "a part has a name");
        promise(part.content.empty() || (part.content.data() >= body.data() &&
                                         part.content.data() + part.content.size() <= body.data() + body.size()),
                "a part lies in the body");
    }
}

void fuzz_json(std::string_view bytes) {
    const JsonObject body(bytes, {"id", "name", "attributes", "image_id", "repair"});
    static_cast<void>(body.text("id"));
    static_cast<void>(body.whole("image_id"));
    static_cast<void>(body.flag("repair"));
    static_cast<void>(body.merged(R"({"a":{"b":1}})", "attributes"));
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    return {
        "a/v1/products/a%2Fb?q=red+shoe&top=5&box=1,2,3,4&min_score=0.5&attr.size=42",
        "fmultipart/form-data; boundary=\"b\"\n--b\r\nContent-Disposition: form-data; name=\"image\"; "
        "filename=\"x.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nbytes\r\n--b--\r\n",
        "j{\"id\":\"1\",\"name\":\"x\",\"attributes\":{\"size\":[1,2,{\"a\":null}]},\"image_id\":7,\"repair\":true}",
        "hwait=10, respond-async; \"a\", W/\"b\""};
}

void fuzz_one(std::string_view bytes) {
    if (bytes.empty()) return;
    const char kind = bytes.front();
    bytes.remove_prefix(1);
    try {
        if (kind == 'f') return fuzz_form(bytes);
        if (kind == 'j') return fuzz_json(bytes);
        if (kind == 'h') {
            const auto wait = preferred_wait(bytes);
            promise(!wait || (wait->count() >= 0 && wait->count() <= 60), "a wait is bounded");
            static_cast<void>(is_among_tags("\"a\"", bytes));
            return;
        }
        fuzz_target_line(bytes);
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::BadInput, "a request is refused as bad input");
    }
}
