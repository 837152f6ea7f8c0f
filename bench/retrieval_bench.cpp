// Measures retrieval quality on labelled photos without a database: crop, features, vector, search, verification and
// ranking run through the very functions that the product uses. docs/quality.md holds its figures and their commands.
//
//   retrieval_bench [--data DIR] [--set NAME]... [--every N] [--ablation] [--labels] [--evidence FILE]

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include <time.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/geometric_verification.hpp"
#include "core/label_evidence.hpp"
#include "core/lexical_match.hpp"
#include "core/ranking.hpp"
#include "images/codec.hpp"
#include "ml/builtin_engine.hpp"

namespace {

using namespace vitrine;
using Row = std::map<std::string, std::string>;

/// Processor time of this thread in milliseconds: other programs on the machine do not lengthen it.
double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ErrorCode::NotFound, "The file '" + path + "' cannot be read; give --data.");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// RFC 4180, as the labelled data has it.
std::vector<Row> read_csv(const std::string& path) {
    std::vector<std::vector<std::string>> records(1, std::vector<std::string>(1));
    bool quoted = false;
    const std::string text = read_file(path);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto& cell = records.back().back();
        if (text[i] == '"') {
            if (quoted && i + 1 < text.size() && text[i + 1] == '"')
                cell += text[i++];
            else
                quoted = !quoted;
        } else if (quoted)
            cell += text[i];
        else if (text[i] == ',')
            records.back().emplace_back();
        else if (text[i] == '\n')
            records.emplace_back(1);
        else if (text[i] != '\r')
            cell += text[i];
    }
    std::vector<Row> rows;
    for (std::size_t r = 1; r < records.size(); ++r) {
        if (records[r].size() != records[0].size()) continue;
        Row& row = rows.emplace_back();
        for (std::size_t c = 0; c < records[0].size(); ++c) row[records[0][c]] = records[r][c];
    }
    return rows;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < std::max(1U, std::thread::hardware_concurrency()); ++t) {
        threads.emplace_back([&] {
            for (auto i = next++; i < count; i = next++) work(i);
        });
    }
}

struct DescribedCrop {
    Box box;
    Labelled labelled;
};

struct Photo {
    std::vector<DescribedCrop> crops;
    double crop_ms = 0.0;
    double label_ms = 0.0;
};

struct CatalogueItem {
    Row row;
    DescribedCrop primary;
    std::optional<PreparedProduct> words;
};

struct QueryPhoto {
    Row row;
    std::set<std::string> truth; ///< product ids, or one category
    bool by_category = false;
    Photo photo;
};

struct DataSet {
    std::string name;
    std::vector<CatalogueItem> catalogue;
    std::vector<QueryPhoto> queries;
};

/// What is taken away for a line of the ablation.
struct Setting {
    std::string name = "all signals";
    bool verify = true;
    bool words = true;
    int crops_max = 100;
    std::pair<std::size_t, std::size_t> vector_part{0, 100'000}; ///< first and past the last dimension that is compared
    VerificationOptions verification;
    RankingWeights weights;
    SearchBreadth breadth;
};

struct Figures {
    double top1 = 0, top5 = 0, map = 0, recall5 = 0, recall20 = 0, recall40 = 0;
    double top1_odd = 0, top1_even = 0;
    double search_ms = 0;
};

class Laboratory {
public:
    Laboratory(std::string folder, int every, bool labels)
        : folder_(std::move(folder)), every_(every), engine_(make_builtin_engine(options(labels))) {}

    DataSet load(const std::string& name, const std::string& catalogue, const std::string& queries) const {
        DataSet set{name, {}, {}};
        const auto products = read_csv(folder_ + "/" + catalogue);
        set.catalogue.resize(products.size());
        in_parallel(products.size(), [&](std::size_t i) { set.catalogue[i] = catalogue_item(products[i]); });
        const auto rows = read_csv(folder_ + "/" + queries);
        for (std::size_t i = 0; i < rows.size(); i += static_cast<std::size_t>(every_)) {
            QueryPhoto query{rows[i], {}, rows[i].contains("category"), {}};
            const auto truth =
                query.by_category ? std::vector{rows[i].at("category")} : split(rows[i].at("product_ids"), '|');
            query.truth.insert(truth.begin(), truth.end());
            set.queries.push_back(std::move(query));
        }
        in_parallel(set.queries.size(),
                    [&](std::size_t i) { set.queries[i].photo = describe(set.queries[i].row.at("image")); });
        return set;
    }

    Figures measure(const DataSet& set, const Setting& setting, std::ostream* evidence = nullptr) const;

private:
    static BuiltinOptions options(bool labels) {
        BuiltinOptions result;
        result.label.text.enabled = labels;
        if (!labels) result.label.barcodes.time_limit = std::chrono::milliseconds(0);
        return result;
    }

    [[nodiscard]] Photo describe(const std::string& image) const {
        Photo photo;
        const auto picture = decode(read_file(folder_ + "/" + image), DecodeLimits{}).picture;
        double start = cpu_ms();
        const auto found = engine_->crop(picture);
        photo.crop_ms = cpu_ms() - start;
        start = cpu_ms();
        for (const auto& detection : found.found) {
            photo.crops.push_back({detection.box, engine_->label(cut(picture, detection.box))});
        }
        photo.label_ms = cpu_ms() - start;
        return photo;
    }

    [[nodiscard]] CatalogueItem catalogue_item(const Row& row) const {
        CatalogueItem item{row, {}, {}};
        ProductDescription product;
        product.external_id = row.at("product_id");
        product.name = row.at("name");
        product.description = row.at("description");
        product.category = row.at("category");
        item.words.emplace(product);
        auto photo = describe(row.at("image"));
        std::vector<CropScore> scores;
        for (std::size_t i = 0; i < photo.crops.size(); ++i) {
            const PreparedPhrase said(photo.crops[i].labelled.label.to_text());
            scores.push_back({ImageId{static_cast<std::int64_t>(i)}, lexical_match(item.words->name, said),
                              photo.crops[i].box.area()});
        }
        item.primary = std::move(photo.crops[static_cast<std::size_t>(choose_primary(scores).image_id.value)]);
        return item;
    }

    std::string folder_;
    int every_;
    std::unique_ptr<VisionEngine> engine_;
};

double cosine_distance(const Embedding& a, const Embedding& b, std::pair<std::size_t, std::size_t> part) {
    double dot = 0.0, a_square = 0.0, b_square = 0.0;
    for (std::size_t i = part.first; i < std::min(part.second, a.size()); ++i) {
        dot += double{a[i]} * b[i];
        a_square += double{a[i]} * a[i];
        b_square += double{b[i]} * b[i];
    }
    return 1.0 - dot / std::max(1e-12, std::sqrt(a_square * b_square));
}

struct Candidate {
    std::size_t item = 0;
    double distance = 0.0;
};

std::vector<Candidate> nearest(const DataSet& set, const Embedding& vector, const Setting& setting) {
    std::vector<Candidate> found;
    for (std::size_t i = 0; i < set.catalogue.size(); ++i) {
        found.push_back({i, cosine_distance(vector, set.catalogue[i].primary.labelled.vector, setting.vector_part)});
    }
    std::ranges::stable_sort(found, {}, &Candidate::distance);
    return found;
}

CropMatches match_crop(const DataSet& set, const DescribedCrop& crop, const Setting& setting) {
    auto candidates = nearest(set, crop.labelled.vector, setting);
    candidates.resize(std::min(candidates.size(), static_cast<std::size_t>(setting.breadth.candidates_per_crop)));
    const PreparedLabel label(crop.labelled.label);
    std::vector<const LocalFeatures*> features;
    for (const auto& candidate : candidates)
        features.push_back(&set.catalogue[candidate.item].primary.labelled.features);
    features.resize(std::min(features.size(), static_cast<std::size_t>(setting.breadth.verify_max)));
    if (!setting.verify) features.clear();
    const auto verified = verify_all(crop.labelled.features, features, setting.verification);
    std::vector<Evidence> evidence;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto& item = set.catalogue[candidates[i].item];
        Evidence one;
        one.distance = candidates[i].distance;
        if (i < verified.size()) one.inliers = verified[i].inliers;
        if (setting.words) add_label_evidence(one, label, *item.words);
        evidence.push_back(one);
    }
    const auto scores = score_candidates(evidence, setting.weights);
    CropMatches result;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        CropMatch match;
        match.product_id = set.catalogue[candidates[i].item].row.at("product_id");
        match.product_row.value = static_cast<std::int64_t>(candidates[i].item);
        match.score = scores[i];
        match.evidence = evidence[i];
        result.matches.push_back(std::move(match));
    }
    return result;
}

bool is_right(const DataSet& set, const QueryPhoto& query, std::int64_t item) {
    const auto& row = set.catalogue[static_cast<std::size_t>(item)].row;
    return query.truth.contains(row.at(query.by_category ? "category" : "product_id"));
}

/// Ranks (from 0) of the right products, and how many there are to be found.
struct Ranks {
    std::vector<std::size_t> right;
    std::size_t wanted = 0;
    std::size_t bare_vector = 1'000'000; ///< the best rank of a right product by distance alone, over the crops
};

Ranks rank(const DataSet& set, const QueryPhoto& query, const std::vector<CropMatches>& crops) {
    Ranks ranks;
    for (const auto& crop : crops) {
        for (std::size_t i = 0; i < crop.matches.size(); ++i) {
            if (is_right(set, query, crop.matches[i].product_row.value))
                ranks.bare_vector = std::min(ranks.bare_vector, i);
        }
    }
    const auto products = aggregate_by_product(crops);
    for (std::size_t i = 0; i < products.size(); ++i) {
        if (is_right(set, query, products[i].product_row.value)) ranks.right.push_back(i);
    }
    ranks.wanted = query.by_category ? ranks.right.size() : query.truth.size();
    return ranks;
}

void write_evidence(std::ostream& out, const DataSet& set, std::size_t number, const QueryPhoto& query,
                    const std::vector<CropMatches>& crops) {
    for (std::size_t c = 0; c < crops.size(); ++c) {
        for (const auto& match : crops[c].matches) {
            const auto& e = match.evidence;
            out << fmt::format("{},{},{},{},{:.5f},{},{:.4f},{:.4f},{}\n", set.name, number, c, match.product_id,
                               e.distance, e.inliers, e.label_agreement, e.text_overlap,
                               is_right(set, query, match.product_row.value) ? 1 : 0);
        }
    }
}

Figures Laboratory::measure(const DataSet& set, const Setting& setting, std::ostream* evidence) const {
    std::vector<Ranks> ranks(set.queries.size());
    std::vector<double> times(set.queries.size());
    std::mutex writing;
    in_parallel(set.queries.size(), [&](std::size_t i) {
        const auto& query = set.queries[i];
        const double start = cpu_ms();
        std::vector<CropMatches> crops;
        for (const auto& crop : query.photo.crops) {
            if (static_cast<int>(crops.size()) < setting.crops_max) crops.push_back(match_crop(set, crop, setting));
        }
        times[i] = cpu_ms() - start;
        ranks[i] = rank(set, query, crops);
        if (evidence) {
            const std::scoped_lock lock(writing);
            write_evidence(*evidence, set, i, query, crops);
        }
    });
    Figures sum;
    double odd = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        const auto& right = ranks[i].right;
        const double top1 = !right.empty() && right[0] == 0;
        sum.top1 += top1;
        (i % 2 ? sum.top1_odd : sum.top1_even) += top1;
        odd += i % 2;
        sum.top5 += !right.empty() && right[0] < 5;
        double precision = 0;
        for (std::size_t r = 0; r < right.size(); ++r) precision += double(r + 1) / double(right[r] + 1);
        if (ranks[i].wanted) sum.map += precision / double(ranks[i].wanted);
        const auto in_five = std::ranges::count_if(right, [](std::size_t r) { return r < 5; });
        if (ranks[i].wanted) sum.recall5 += double(in_five) / double(std::min<std::size_t>(5, ranks[i].wanted));
        sum.recall20 += ranks[i].bare_vector < 20;
        sum.recall40 += ranks[i].bare_vector < 40;
        sum.search_ms += times[i];
    }
    const double n = std::max<double>(1, double(ranks.size()));
    sum.top1_odd /= std::max(1.0, odd);
    sum.top1_even /= std::max(1.0, n - odd);
    for (double* value : {&sum.top1, &sum.top5, &sum.map, &sum.recall5, &sum.recall20, &sum.recall40, &sum.search_ms}) {
        *value /= n;
    }
    return sum;
}

void print(const DataSet& set, const Setting& setting, const Figures& f) {
    fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} / {:.3f} | {:.3f} / {:.3f} | {:.1f} |\n",
               set.name, setting.name, f.top1, f.top5, f.map, f.recall5, f.recall20, f.recall40, f.top1_even,
               f.top1_odd, f.search_ms);
    std::cout.flush();
}

std::vector<Setting> ablation() {
    std::vector<Setting> settings(1);
    const auto add = [&](const std::string& name) -> Setting& {
        settings.emplace_back().name = name;
        return settings.back();
    };
    auto& bare = add("vector alone");
    bare.verify = bare.words = false;
    for (const auto& [name, part] : {std::pair{"vector alone: appearance", std::pair{0, 160}},
                                     {"vector alone: local features", {160, 352}},
                                     {"vector alone: outline", {352, 365}}}) {
        auto& one = add(name);
        one.verify = one.words = false;
        one.vector_part = part;
    }
    add("without words").words = false;
    add("without verification").verify = false;
    add("without mirrored matching").verification.mirrored = false;
    add("first crop alone").crops_max = 1;
    add("20 verified").breadth.verify_max = 20;
    add("all verified").breadth.verify_max = 1000;
    auto& inliers = add("inliers, distance for ties");
    inliers.words = false;
    inliers.weights.nearness = 1e-6;
    inliers.breadth.verify_max = 1000;
    return settings;
}

void print_times(const DataSet& set) {
    double crop = 0, label = 0, crops = 0, features = 0;
    for (const auto& query : set.queries) {
        crop += query.photo.crop_ms;
        label += query.photo.label_ms;
        crops += double(query.photo.crops.size());
        for (const auto& one : query.photo.crops) features += double(one.labelled.features.size());
    }
    const double n = std::max<double>(1, double(set.queries.size()));
    fmt::print(
        "{}: {} products, {} photos, {:.2f} crops a photo, {:.0f} features a crop; crop {:.1f} ms a photo, label "
        "{:.1f} ms a crop\n",
        set.name, set.catalogue.size(), set.queries.size(), crops / n, features / std::max(1.0, crops), crop / n,
        label / std::max(1.0, crops));
}

int run(int count, char** arguments) {
    const char* from_environment = std::getenv("VITRINE_DATA");
    std::string folder = from_environment ? from_environment : "../shared/data";
    std::vector<std::string> names;
    std::string evidence_path;
    int every = 1;
    bool with_ablation = false, labels = false;
    CLI::App app("Retrieval quality on labelled photos");
    app.add_option("--data", folder, "folder of the labelled data (VITRINE_DATA)");
    app.add_option("--set", names, "grocery, clothing, instance, multi (all of them)");
    app.add_option("--every", every, "every so manieth query alone")->check(CLI::PositiveNumber);
    app.add_option("--evidence", evidence_path, "writes each candidate's evidence as CSV");
    app.add_flag("--ablation", with_ablation, "also without each signal in turn");
    app.add_flag("--labels", labels, "read printed text and barcodes too (slow)");
    CLI11_PARSE(app, count, arguments);
    if (names.empty()) names = {"grocery", "clothing", "instance", "multi"};
    const std::map<std::string, std::pair<std::string, std::string>> files{
        {"grocery", {"grocery/catalog.csv", "grocery/queries.csv"}},
        {"clothing", {"clothing/catalog.csv", "clothing/queries.csv"}},
        {"instance", {"clothing/catalog.csv", "clothing/queries_instance.csv"}},
        {"multi", {"grocery/catalog.csv", "multi_products/queries.csv"}}};
    std::optional<std::ofstream> evidence;
    if (!evidence_path.empty()) {
        evidence.emplace(evidence_path);
        *evidence << "set,query,crop,product_id,distance,inliers,label_agreement,text_overlap,right\n";
    }
    const Laboratory laboratory(folder, every, labels);
    std::vector<DataSet> sets;
    for (const auto& name : names) {
        sets.push_back(laboratory.load(name, files.at(name).first, files.at(name).second));
        print_times(sets.back());
    }
    fmt::print(
        "\n| set | signals | top-1 | top-5 | mAP | recall@5 | vector's recall@20 / @40 | top-1 even / odd rows | "
        "search ms |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    const auto settings = with_ablation ? ablation() : std::vector<Setting>(1);
    for (const auto& set : sets) {
        for (const auto& setting : settings) {
            auto* out = evidence && &setting == settings.data() ? &*evidence : nullptr;
            print(set, setting, laboratory.measure(set, setting, out));
        }
    }
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    try {
        return run(count, arguments);
    } catch (const std::exception& error) {
        std::cerr << "retrieval_bench: " << error.what() << '\n';
        return 1;
    }
}
