#include <algorithm>
#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

#include "cli/asked_shop.hpp"
#include "cli/attribute_filter.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"
#include "engine/json_text.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::string id;
    ProductFilter filter;
    std::vector<std::string> attributes; ///< "name=value"
    int top = 10;
    double min_score = 0.0;
    int limit = 0;
    bool json = false;
};

std::vector<Product> all_products(Shop& shop, const Options& options) {
    constexpr int page_products = 1000;
    std::vector<Product> products;
    auto filter = options.filter;
    filter.attributes = attributes_from(options.attributes);
    while (true) {
        const int wanted = options.limit > 0 ? options.limit - static_cast<int>(products.size()) : page_products;
        filter.limit = std::min(page_products, wanted);
        if (filter.limit == 0) return products;
        auto page = shop.products(filter);
        std::ranges::move(page.products, std::back_inserter(products));
        if (page.next_cursor.empty()) return products;
        filter.cursor = std::move(page.next_cursor);
    }
}

ExitCode list(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    const auto products = all_products(*shop, options);
    if (options.json) {
        session.out << products_json(products) << '\n';
        return ExitCode::AllDone;
    }
    TextTable table({"ID", "NAME", "CATEGORY", "UPDATED"});
    for (const auto& product : products) {
        table.add({product.external_id, product.name, product.category, to_rfc3339(product.updated_at).substr(0, 19)});
    }
    table.print(session.out, output_columns());
    return ExitCode::AllDone;
}

[[noreturn]] void refuse_unknown(const std::string& id) {
    throw Error(ErrorCode::NotFound, fmt::format("There is no product {}; vitrine products list shows them all.", id));
}

void print_product(std::ostream& out, const ProductDetail& detail) {
    const auto& product = detail.product;
    const auto line = [&out](const char* name, const std::string& value) {
        if (!value.empty()) out << fmt::format("{:<12} {}\n", name, one_line(value));
    };
    line("id", product.external_id);
    line("name", product.name);
    line("description", product.description);
    line("category", product.category);
    if (product.attributes != "{}") line("attributes", product.attributes);
    line("created", to_rfc3339(product.created_at));
    line("updated", to_rfc3339(product.updated_at));
    if (!detail.primary) {
        line("crop", "none yet: it is not indexed");
        return;
    }
    const auto chosen_by = detail.primary->chosen_by == ChosenBy::Person ? "a person" : "the machine";
    line("crop", fmt::format("image {}, chosen by {} in job {}", detail.primary->image_id.value, chosen_by,
                             detail.primary->job_id.value));
    if (!detail.primary_image) return;
    if (const auto& box = detail.primary_image->box) {
        line("box", fmt::format("{},{} {}x{}", box->x, box->y, box->w, box->h));
    }
    if (detail.primary_image->label) line("label", detail.primary_image->label->to_text());
    line("models", detail.primary_image->label_model + ", " + detail.primary_image->vector_model);
}

ExitCode show(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    const auto detail = shop->product(options.id);
    if (!detail) refuse_unknown(options.id);
    if (options.json) {
        session.out << product_json(*detail) << '\n';
    } else {
        print_product(session.out, *detail);
    }
    return ExitCode::AllDone;
}

ExitCode similar(const Session& session, const Options& options) {
    const QueryOptions asked{.top = options.top,
                             .category = options.filter.category,
                             .attributes = attributes_from(options.attributes),
                             .min_score = options.min_score};
    const auto shop = ask_shop(session);
    const auto products = shop->similar_products(options.id, asked);
    if (options.json) {
        session.out << similar_json(products) << '\n';
        return ExitCode::AllDone;
    }
    TextTable table({"ALIKE", "ID", "NAME", "WHY"}); // how like it looks, not whether it is the very same thing
    for (const auto& product : products) {
        const double alike = std::max(0.0, 1.0 - product.evidence.distance);
        table.add({fmt::format("{:.0f}%", 100.0 * alike), product.product_id, product.name,
                   fmt::format("{}", fmt::join(product.reasons, "; "))});
    }
    table.print(session.out, output_columns());
    return ExitCode::AllDone;
}

ExitCode remove(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    if (!shop->remove_product(options.id)) refuse_unknown(options.id);
    if (options.json) {
        session.out << removed_json(options.id) << '\n';
    } else {
        session.out << one_line(fmt::format("removed {}", options.id)) << '\n';
    }
    return ExitCode::AllDone;
}

} // namespace

Command make_products_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("products", "List, find, show or remove products");
    parser->require_subcommand(0, 1);
    parser->add_flag("--json", options->json, "Print one JSON document");
    parser
        ->add_option(
            "--text", options->filter.text,
            "list: only with these words, or their beginnings, in id, name, description, category, attributes or "
            "label; those that fit best first")
        ->type_name("TEXT");
    parser->add_option("--category", options->filter.category, "list, similar: only of this category")->type_name("C");
    add_attribute_option(*parser, options->attributes);
    parser->add_option("--limit", options->limit, "list: at most so many; all unless given")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    parser->add_subcommand("list", "All products; the same as no word");
    auto* const show_parser = parser->add_subcommand("show", "One product and what indexing made of it");
    show_parser->add_option("id", options->id, "The shop's own id")->required()->type_name("ID");
    auto* const similar_parser =
        parser->add_subcommand("similar", "More like this product: those whose pictures show something alike");
    similar_parser->add_option("id", options->id, "The shop's own id")->required()->type_name("ID");
    similar_parser->add_option("--top", options->top, "How many products to show")
        ->check(CLI::Range(1, 1000))
        ->type_name("K")
        ->capture_default_str();
    similar_parser->add_option("--min-score", options->min_score, "Leave out what scores less")
        ->check(CLI::Range(0.0, 1.0))
        ->type_name("S");
    auto* const remove_parser = parser->add_subcommand("remove", "Remove a product from the catalogue");
    remove_parser->add_option("id", options->id, "The shop's own id")->required()->type_name("ID");
    return {parser, [=](const Session& session) {
                if (show_parser->parsed()) return show(session, *options);
                if (similar_parser->parsed()) return similar(session, *options);
                if (remove_parser->parsed()) return remove(session, *options);
                return list(session, *options);
            }};
}

} // namespace vitrine::cli
