#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "engine/model_check.hpp"
#include "engine/model_installation.hpp"
#include "engine/picture_file.hpp"
#include "engine/vision_parts.hpp"
#include "ml/default_categories.hpp"
#include "ml/model_folder.hpp"
#include "ml/shop_file.hpp"

namespace vitrine::cli {
namespace {

using nlohmann::json;

struct Options {
    std::string picture; ///< check
    std::string source;  ///< add
    std::string to;      ///< add
    std::string sha256;  ///< add
    bool json = false;
};

std::string dumped(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

const std::string& configured_folder(const Config& config) {
    for (const auto& own : {config.ml.crop, config.ml.label, config.ml.vector}) {
        if (config.ml.models.empty() && own && !own->models.empty()) {
            throw Error(ErrorCode::Configuration,
                        "Only a question has a folder of models; give it with --set ml.models=FOLDER.");
        }
    }
    if (config.ml.models.empty())
        throw Error(ErrorCode::Configuration,
                    "No folder of models is configured; set ml.models, or --set ml.models=FOLDER.");
    return config.ml.models;
}

std::string meaning_of(const ModelOutput& output) {
    if (std::holds_alternative<EmbeddingOutput>(output.meaning)) return "embedding";
    if (std::holds_alternative<ClassifierOutput>(output.meaning)) return "classifier";
    return std::string(to_string(std::get<DetectorOutput>(output.meaning).decoder.kind));
}

ExitCode list(const Session& session, const Options& options) {
    const ModelFolder folder(configured_folder(session.config));
    auto models = json::array();
    for (auto model : folder.pack().models) {
        const auto bytes = folder.read_model(model).size();
        auto outputs = json::array();
        for (const auto& output : model.outputs)
            outputs.push_back({{"name", output.name}, {"meaning", meaning_of(output)}});
        models.push_back({{"name", model.name},
                          {"file", model.file},
                          {"bytes", bytes},
                          {"sha256", model.sha256},
                          {"input", {model.input.width, model.input.height}},
                          {"outputs", outputs}});
    }
    if (options.json) {
        session.out << dumped({{"folder", folder.path().string()}, {"models", models}}) << '\n';
        return ExitCode::AllDone;
    }
    session.out << folder.path().string() << '\n';
    for (const auto& model : models) {
        std::string meanings;
        for (const auto& output : model["outputs"])
            meanings += (meanings.empty() ? "" : ", ") + output["meaning"].get<std::string>();
        session.out << fmt::format("{:<24} {:>6.1f} MB  {:<24} {}\n", one_line(model["name"].get<std::string>()),
                                   model["bytes"].get<double>() / 1e6, meanings,
                                   model["sha256"].get<std::string>().substr(0, 12));
    }
    return ExitCode::AllDone;
}

json crop_json(const CheckedCrop& crop) {
    const auto& box = crop.detection.box;
    return {{"box", {box.x, box.y, box.w, box.h}},
            {"score", crop.detection.score},
            {"category", crop.detection.category},
            {"label", json::parse(to_json(crop.labelled.label))},
            {"dimensions", crop.labelled.vector.size()},
            {"vector_length", crop.vector_length},
            {"local_features", crop.labelled.features.size()},
            {"label_ms", crop.label_ms}};
}

void print(std::ostream& out, const ModelCheck& check) {
    out << fmt::format("models      boxes {}, labels {}, vectors {}\n", one_line(check.crop_version),
                       one_line(check.versions.label), one_line(check.versions.vector));
    out << fmt::format("opened in   {:.0f} ms, boxes of {} x {} pixels in {:.0f} ms\n", check.open_ms,
                       check.picture_width, check.picture_height, check.crop_ms);
    for (const auto& crop : check.crops) {
        const auto& box = crop.detection.box;
        out << fmt::format("{:>5} {:>5} {:>5} {:>5}  {:.2f}  {:<14}  {}; vector of {} with length {:.4f}; {:.0f} ms\n",
                           box.x, box.y, box.w, box.h, crop.detection.score, one_line(crop.detection.category),
                           one_line(crop.labelled.label.to_text()), crop.labelled.vector.size(), crop.vector_length,
                           crop.label_ms);
    }
}

ExitCode check(const Session& session, const Options& options) {
    const auto bytes = read_picture_file(options.picture, session.config.server.max_upload_bytes);
    const auto checked = check_models(session.config, bytes);
    if (options.json) {
        auto crops = json::array();
        for (const auto& crop : checked.crops) crops.push_back(crop_json(crop));
        session.out << dumped({{"crop_model", checked.crop_version},
                               {"label_model", checked.versions.label},
                               {"vector_model", checked.versions.vector},
                               {"open_ms", checked.open_ms},
                               {"crop_ms", checked.crop_ms},
                               {"crops", crops}})
                    << '\n';
    } else {
        print(session.out, checked);
    }
    return ExitCode::AllDone;
}

ExitCode add(const Session& session, const Options& options) {
    const auto& folder = options.to.empty() ? configured_folder(session.config) : options.to;
    const auto done = install_models(options.source, folder, options.sha256);
    if (options.json) {
        session.out << dumped({{"folder", folder},
                               {"models", done.models},
                               {"fetched", done.fetched},
                               {"present", done.present},
                               {"bytes_fetched", done.bytes_fetched},
                               {"bytes_resumed", done.bytes_resumed}})
                    << '\n';
    } else {
        session.out << fmt::format("{} models are in {}: {} files fetched ({:.1f} MB), {} were there already.\n",
                                   done.models.size(), folder, done.fetched.size(),
                                   static_cast<double>(done.bytes_fetched) / 1e6, done.present.size());
    }
    return ExitCode::AllDone;
}

/// The words in use, in the form of their file, so that a shop can begin with them.
ExitCode vocabulary(const Session& session, const Options& options) {
    const auto& file = session.config.ml.vocabulary;
    const auto counts = open_vocabulary(session.config)->counts();
    if (options.json) {
        session.out << dumped({{"file", file.empty() ? json() : json(file)},
                               {"synonyms", counts.synonyms},
                               {"joins", counts.joins},
                               {"common", counts.common},
                               {"stop", counts.stop}})
                    << '\n';
    } else {
        session.out << (file.empty() ? std::string(Vocabulary::builtin_text()) : read_shop_file("ml.vocabulary", file));
    }
    return ExitCode::AllDone;
}

/// What a classifier's labels are called where its pack names no categories and no file of the shop's does.
ExitCode categories(const Session& session, const Options& options) {
    const auto& file = session.config.ml.categories;
    const auto text = file.empty() ? default_categories() : read_shop_file("ml.categories", file);
    if (options.json) {
        session.out << dumped({{"file", file.empty() ? json() : json(file)}, {"text", text}}) << '\n';
    } else {
        session.out << text;
    }
    return ExitCode::AllDone;
}

} // namespace

Command make_models_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("models", "List, check and install the models of the onnx engine");
    parser->require_subcommand(1);
    auto* const listing = parser->add_subcommand("list", "The models in the folder ml.models, their files checked");
    auto* const checking =
        parser->add_subcommand("check", "Run the configured engine on a picture and show what it says");
    checking->add_option("picture", options->picture, "A picture")->required()->type_name("IMAGE");
    auto* const adding =
        parser->add_subcommand("add", "Install models from a folder or a URL; goes on where it was broken off");
    adding->add_option("source", options->source, "A folder with a models.json, or the URL of a models.json")
        ->required()
        ->type_name("SOURCE");
    adding->add_option("--to", options->to, "Where to; ml.models unless given")->type_name("DIR");
    adding->add_option("--sha256", options->sha256, "Of the models.json; anything else is refused")->type_name("HEX");
    auto* const words =
        parser->add_subcommand("vocabulary", "The words that phrases are compared by, as their file has them");
    auto* const names =
        parser->add_subcommand("categories", "What a shop calls the labels of classifiers, as its file has it");
    for (auto* const command : {listing, checking, adding, words, names})
        command->add_flag("--json", options->json, "Print the result as one JSON document");
    return {parser,
            [options, listing, checking, words, names](const Session& session) {
                if (listing->parsed()) return list(session, *options);
                if (checking->parsed()) return check(session, *options);
                if (words->parsed()) return vocabulary(session, *options);
                if (names->parsed()) return categories(session, *options);
                return add(session, *options);
            },
            /*of_this_machine=*/true};
}

} // namespace vitrine::cli
