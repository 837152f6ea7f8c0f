#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

#include "cli/asked_shop.hpp"
#include "cli/attribute_filter.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "engine/followed_job.hpp"
#include "engine/json_text.hpp"
#include "engine/picture_file.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::string image;
    QueryOptions query;
    std::vector<std::string> attributes; ///< "name=value"
    std::string box;
    bool json = false;
};

QueryOptions narrowed(const Options& options) {
    QueryOptions query = options.query;
    query.attributes = attributes_from(options.attributes);
    if (options.box.empty()) return query;
    Box box;
    int end = 0;
    if (std::sscanf(options.box.c_str(), "%9d,%9d,%9d,%9d%n", &box.x, &box.y, &box.w, &box.h, &end) != 4 ||
        static_cast<std::size_t>(end) != options.box.size()) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("--box takes X,Y,WIDTH,HEIGHT in pixels of the photo, not '{:.100}'.", options.box));
    }
    query.box = box;
    return query;
}

JobId submit(Shop& shop, const Options& options) {
    const auto bytes = read_picture_file(options.image, shop.limits().picture_bytes_max);
    try {
        return shop.submit_query(bytes, narrowed(options));
    } catch (const Error& error) {
        rethrow_naming(options.image, error);
    }
}

std::string label_text(const StructuredLabel& label) {
    auto text = label.to_text();
    for (const auto& barcode : label.barcodes) text += fmt::format(" [{} {}]", barcode.symbology, barcode.text);
    return text.empty() ? "(no label)" : one_line(text);
}

/// Prints an answer for a person, no line wider than the terminal.
class AnswerPrinter {
public:
    explicit AnswerPrinter(std::ostream& out) : out_(out), columns_(output_columns()) {}

    void print(const QueryAnswer& answer) {
        for (std::size_t i = 0; i < answer.crops.size(); ++i) print_crop(i + 1, answer.crops[i]);
        if (answer.products.empty()) line("no product matches");
        for (const auto& product : answer.products) print_product(product, answer);
        const auto& took = answer.timings;
        line(fmt::format("{:.0f} ms (crop {:.0f}, label {:.0f}, search {:.0f})", took.total_ms, took.crop_ms,
                         took.label_ms, took.search_ms));
    }

private:
    void print_crop(std::size_t number, const QueriedCrop& crop) {
        line(fmt::format("crop {}  box {},{} {}x{}  {}", number, crop.box.x, crop.box.y, crop.box.w, crop.box.h,
                         label_text(crop.label)));
    }

    void print_product(const QueryResult& product, const QueryAnswer& answer) {
        auto text = fmt::format("{:>3}. {:.3f}  {}  {}", product.rank, product.score, one_line(product.product_id),
                                one_line(product.name));
        if (const auto crop = number_of(product.crop_image_id, answer)) text += fmt::format("  (crop {})", *crop);
        if (!product.reasons.empty()) text += "  " + one_line(fmt::format("{}", fmt::join(product.reasons, "; ")));
        line(text);
    }

    static std::optional<std::size_t> number_of(ImageId crop, const QueryAnswer& answer) {
        for (std::size_t i = 0; i < answer.crops.size(); ++i) {
            if (answer.crops[i].image_id == crop) return i + 1;
        }
        return std::nullopt;
    }

    void line(const std::string& text) { out_ << (columns_ ? clipped(text, *columns_) : text) << '\n'; }

    std::ostream& out_;
    std::optional<std::size_t> columns_;
};

ExitCode run(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    const auto id = submit(*shop, options);
    const auto state = follow(*shop, id, {});
    const auto answer = shop->query_answer(id);
    const auto detail = shop->job(id);
    if (!state || !detail)
        throw Error(ErrorCode::NotFound, fmt::format("Job {} was removed before it ended.", id.value));
    for (const auto& error : detail->job.errors) {
        session.err << fmt::format("vitrine: {}: {}\n", options.image, one_line(error));
    }
    if (options.json) {
        session.out << search_json(detail->job, answer.value_or(QueryAnswer{})) << '\n';
    } else if (answer) {
        AnswerPrinter(session.out).print(*answer);
    }
    if (!answer && detail->job.errors.empty()) {
        session.err << fmt::format("vitrine: {}: the search ended {}.\n", options.image, to_string(*state));
    }
    return *state == JobState::Succeeded ? ExitCode::AllDone : ExitCode::SomeFailed;
}

} // namespace

Command make_search_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("search", "Find the products that are in a photo");
    parser->add_option("image", options->image, "The photo")->required()->type_name("IMAGE");
    parser->add_option("--top", options->query.top, "How many products to show")
        ->check(CLI::Range(1, 1000))
        ->type_name("K")
        ->capture_default_str();
    parser->add_option("--category", options->query.category, "Only products of this category")->type_name("C");
    add_attribute_option(*parser, options->attributes);
    parser->add_option("--box", options->box, "Search only this part of the upright photo, in its pixels")
        ->type_name("X,Y,W,H");
    parser->add_option("--min-score", options->query.min_score, "Leave out what scores less")
        ->check(CLI::Range(0.0, 1.0))
        ->type_name("S");
    parser->add_flag("--json", options->json, "Print the answer as one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
