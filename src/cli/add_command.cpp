#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "cli/asked_shop.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/content_hash.hpp"
#include "engine/followed_job.hpp"
#include "engine/json_text.hpp"
#include "engine/picture_file.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::string image;
    ProductDescription product;
    bool json = false;
};

// From name and picture, so that the same command run twice means the same product.
std::string own_id(const std::string& name, const std::string& bytes) {
    return "p-" + sha256_hex(name + '\n' + bytes).substr(0, 16);
}

AddedProduct add(Shop& shop, const Options& options) {
    const auto bytes = read_picture_file(options.image, shop.limits().picture_bytes_max);
    auto product = options.product;
    if (product.external_id.empty()) product.external_id = own_id(product.name, bytes);
    try {
        return shop.add_product(product, bytes, {});
    } catch (const Error& error) {
        rethrow_naming(options.image, error);
    }
}

std::string winner_text(const std::optional<ProductDetail>& now) {
    if (!now || !now->last_result || !now->primary_image) return {};
    const auto& result = *now->last_result;
    auto text = fmt::format("; of {} crops image {} won", result.runners_up.size() + 1, result.image_id.value);
    if (const auto& box = now->primary_image->box) {
        text += fmt::format(" (box {},{} {}x{}, score {:.2f})", box->x, box->y, box->w, box->h, result.score);
    }
    if (!result.note.empty()) text += "; " + result.note;
    return text;
}

ExitCode run(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    const auto added = add(*shop, options);
    std::optional<Job> job;
    if (added.job) {
        follow(*shop, *added.job, {});
        if (auto detail = shop->job(*added.job)) job = std::move(detail->job);
    }
    const auto now = shop->product(added.product.external_id);
    const bool failed = job && job->state != JobState::Succeeded && job->state != JobState::PartiallySucceeded;
    if (failed) {
        session.err << fmt::format("vitrine: {}: {}\n", options.image, one_line(why_not_succeeded(*shop, job->id)));
    }
    if (options.json) {
        session.out << added_json(added, job, now) << '\n';
    } else if (!failed) {
        const auto outcome = added.unchanged ? "unchanged" : "added";
        session.out << one_line(fmt::format("{} {} \"{}\"{}", outcome, added.product.external_id, added.product.name,
                                            winner_text(now)))
                    << '\n';
    }
    return failed ? ExitCode::SomeFailed : ExitCode::AllDone;
}

} // namespace

Command make_add_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("add", "Index one product");
    parser->add_option("image", options->image, "The product's picture")->required()->type_name("IMAGE");
    parser->add_option("--name", options->product.name, "The product's name")->required()->type_name("NAME");
    parser
        ->add_option("--id", options->product.external_id, "The shop's own id; made from name and picture unless given")
        ->type_name("ID");
    parser->add_option("--category", options->product.category, "The product's category")->type_name("C");
    parser->add_flag("--json", options->json, "Print the outcome as one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
