#include "lifecycle/run_reports.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using json = nlohmann::ordered_json;

/// Runs `read` on the parsed text; whatever is wrong with it is one kind of error.
template <class Read>
auto parse(const std::string& text, Read read) {
    try {
        return read(json::parse(text));
    } catch (const json::exception&) {
        throw Error(ErrorCode::Corrupted, fmt::format("A stored report cannot be read: {:.200}", text));
    }
}

json object_of(const ReindexEstimate& estimate) {
    return {{"from", estimate.from},
            {"to", estimate.to},
            {"images", estimate.images},
            {"labels", estimate.labels},
            {"model_calls", estimate.model_calls},
            {"seconds", estimate.seconds},
            {"unchanged", estimate.unchanged}};
}

} // namespace

std::string to_json(const CleanupReport& report) {
    return json{{"images", report.images},
                {"crops", report.crops},
                {"bytes", report.bytes},
                {"imports", report.imports},
                {"older_than", to_rfc3339(report.cutoff)},
                {"cutoff_ms", report.cutoff.time_since_epoch().count()},
                {"dry_run", report.dry_run}}
        .dump();
}

CleanupReport cleanup_report_from(const std::string& text) {
    return parse(text, [](const json& object) {
        CleanupReport report;
        report.images = object.at("images").get<std::int64_t>();
        report.crops = object.at("crops").get<std::int64_t>();
        report.bytes = object.at("bytes").get<std::int64_t>();
        report.imports = object.value("imports", std::int64_t{0}); // reports of earlier versions have none
        report.cutoff = Timestamp{Milliseconds{object.at("cutoff_ms").get<std::int64_t>()}};
        report.dry_run = object.at("dry_run").get<bool>();
        return report;
    });
}

std::string to_json(const CheckReport& report) {
    return json{{"product_images", report.product_images},
                {"vectors", report.vectors},
                {"orphan_vectors", report.orphan_vectors},
                {"missing_vectors", report.missing_vectors},
                {"wrong_dimensions", report.wrong_dimensions},
                {"wrong_models", report.wrong_models},
                {"files", report.files},
                {"missing_files", report.missing_files},
                {"orphan_files", report.orphan_files},
                {"corrupted_files", report.corrupted_files},
                {"repaired", report.repaired},
                {"consistent", report.consistent()},
                {"repair", report.repair},
                {"examples", report.examples}}
        .dump();
}

std::string to_json(const ReindexReport& report) {
    return json{{"from", report.from}, {"to", report.to}, {"images", report.images}, {"switched", report.switched}}
        .dump();
}

std::string to_json(const ReindexEstimate& estimate) {
    return object_of(estimate).dump();
}

std::string reindex_json(const ReindexEstimate& estimate, bool switched) {
    auto object = object_of(estimate);
    object["switched"] = switched;
    return object.dump();
}

ReindexEstimate reindex_estimate_from(const std::string& text) {
    return parse(text, [](const json& object) {
        return ReindexEstimate{.from = object.at("from").get<std::string>(),
                               .to = object.at("to").get<std::string>(),
                               .images = object.at("images").get<std::int64_t>(),
                               .labels = object.value("labels", std::int64_t{0}), // of a server of an earlier version
                               .model_calls = object.at("model_calls").get<std::int64_t>(),
                               .seconds = object.at("seconds").get<double>(),
                               .unchanged = object.at("unchanged").get<bool>()};
    });
}

CheckReport check_report_from(const std::string& text) {
    return parse(text, [](const json& object) {
        CheckReport report;
        const auto number = [&object](const char* name) { return object.at(name).get<std::int64_t>(); };
        report.product_images = number("product_images");
        report.vectors = number("vectors");
        report.orphan_vectors = number("orphan_vectors");
        report.missing_vectors = number("missing_vectors");
        report.wrong_dimensions = number("wrong_dimensions");
        report.wrong_models = number("wrong_models");
        report.files = number("files");
        report.missing_files = number("missing_files");
        report.orphan_files = number("orphan_files");
        report.corrupted_files = number("corrupted_files");
        report.repaired = number("repaired");
        report.repair = object.at("repair").get<bool>();
        report.examples = object.at("examples").get<std::vector<std::string>>();
        return report;
    });
}

} // namespace vitrine
