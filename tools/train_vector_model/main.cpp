// Makes src/ml/vector_model.bin from pictures that it draws itself and from photographs of clothing:
//  - appearance: things that do not exist are drawn on white and among clutter; the map keeps what differs between
//    things and forgets what differs between views of one;
//  - local features: vocabulary and directions of the photographs' own;
//  - shape: the map that tells the photographs' categories apart.
// The same program and photographs give the same file.
//
//   train_vector_model OUTPUT FOLDER     FOLDER holds clothing/catalog.csv with the columns category and image

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <thread>

#include <opencv2/core.hpp>

#include <vitrine/error.hpp>

#include "discriminant.hpp"
#include "drawn_products.hpp"
#include "images/codec.hpp"
#include "ml/appearance.hpp"
#include "ml/crop_finder.hpp"
#include "ml/feature_extractor.hpp"
#include "ml/local_vocabulary.hpp"
#include "ml/shape.hpp"
#include "ml/storage_vector.hpp"
#include "photographs.hpp"

namespace vitrine::training {
namespace {

constexpr int things = 1500;
constexpr int scenes_each = 4;
constexpr int appearance_outputs = 160;
constexpr int shape_outputs = 13; ///< one less than there are categories
constexpr int word_length = 32;
constexpr int words = 32;
constexpr int local_outputs = 192;
constexpr int descriptors_max = 40'000;

static_assert(appearance_outputs + local_outputs + shape_outputs == storage_vector_dimensions);

void in_parallel(int count, const std::function<void(int)>& work) {
    std::atomic<int> next = 0;
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
        workers.emplace_back([&] {
            for (int k = next++; k < count; k = next++) work(k);
        });
    }
}

void describe_into(cv::Mat& rows, int row, const Picture& picture, bool plain) {
    auto foreground = find_foreground(picture);
    if (foreground.plain != plain) {
        foreground.plain = plain;
        foreground.inside.assign(foreground.inside.size(), 1);
    }
    std::ranges::copy(describe_appearance(picture, foreground).values, rows.ptr<float>(row));
}

Views draw_views() {
    Views views{cv::Mat(things, appearance_dimensions, CV_32F), {}};
    for (int i = 0; i < scenes_each; ++i) views.scenes.emplace_back(things, appearance_dimensions, CV_32F);
    in_parallel(things, [&](int i) {
        Randomness random(1000U + static_cast<std::uint32_t>(i));
        const Thing thing = make_thing(random);
        describe_into(views.plain, i, draw_on_white(thing, random), true);
        for (auto& scene : views.scenes) describe_into(scene, i, draw_scene(thing, random), false);
    });
    return views;
}

/// The largest crop, which is the one that stands for a product whose name says nothing of its look.
Picture largest_crop(const Picture& picture) {
    auto crops = find_crops(picture);
    return cut(picture, std::ranges::max(crops, {}, [](const Detection& d) { return d.box.area(); }).box);
}

struct DescribedPhotographs {
    std::vector<LocalFeatures> features;
    cv::Mat shapes;
    std::vector<std::string> categories;
};

DescribedPhotographs describe_photographs(const std::string& folder) {
    const auto photographs = list_photographs(folder);
    DescribedPhotographs result;
    result.features.resize(photographs.size());
    result.shapes = cv::Mat(static_cast<int>(photographs.size()), shape_dimensions, CV_32F);
    for (const auto& photograph : photographs) result.categories.push_back(photograph.category);
    in_parallel(static_cast<int>(photographs.size()), [&](int i) {
        const auto bytes = read_bytes(photographs[static_cast<std::size_t>(i)].path);
        const Picture crop = largest_crop(decode(bytes, DecodeLimits{}).picture);
        result.features[static_cast<std::size_t>(i)] = extract_features(crop);
        std::ranges::copy(describe_shape(crop), result.shapes.ptr<float>(i));
    });
    return result;
}

/// An even choice of all descriptors, as rows.
cv::Mat some_descriptors(const std::vector<LocalFeatures>& features) {
    std::vector<const LocalFeature*> all;
    for (const auto& one : features) {
        for (const auto& feature : one) all.push_back(&feature);
    }
    const std::size_t stride = std::max<std::size_t>(1, all.size() / descriptors_max);
    cv::Mat rows;
    for (std::size_t i = 0; i < all.size(); i += stride) rows.push_back(cv::Mat(unpacked(*all[i])).t());
    return rows;
}

void learn_local_features(VectorModel& model, const std::vector<LocalFeatures>& features) {
    const cv::Mat descriptors = some_descriptors(features);
    model.reduction = principal_directions(descriptors, word_length, false, 0.0);
    cv::Mat shortened;
    for (int row = 0; row < descriptors.rows; ++row) {
        const std::vector<float> full(descriptors.ptr<float>(row), descriptors.ptr<float>(row) + descriptors.cols);
        shortened.push_back(cv::Mat(model.reduction.project(full)).t());
    }
    cv::Mat labels, centres;
    cv::setRNGSeed(1);
    cv::kmeans(shortened, words, labels, {cv::TermCriteria::MAX_ITER, 40, 0.0}, 2, cv::KMEANS_PP_CENTERS, centres);
    model.words.assign(centres.begin<float>(), centres.end<float>());
    cv::Mat aggregates;
    for (const auto& one : features) aggregates.push_back(cv::Mat(aggregate(one, model)).t());
    model.local = principal_directions(aggregates, local_outputs, true, 0.3);
}

void run(const std::string& output, const std::string& folder) {
    VectorModel model;
    const auto photographs = describe_photographs(folder);
    learn_local_features(model, photographs.features);
    model.shape = discriminant_of_kinds(photographs.shapes, photographs.categories, shape_outputs, 3.0);
    auto maps = discriminant_of_views(draw_views(), appearance_outputs, 0.3);
    model.plain_appearance = std::move(maps.plain);
    model.scene_appearance = std::move(maps.scene);
    const std::string bytes = to_bytes(model);
    std::ofstream file(output, std::ios::binary);
    if (!(file << bytes).flush())
        throw Error(ErrorCode::Unavailable, "The model could not be written to " + output + ".");
    std::cout << output << ": " << bytes.size() << " bytes from " << photographs.features.size() << " photographs and "
              << things << " drawn things\n";
}

} // namespace
} // namespace vitrine::training

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: train_vector_model OUTPUT FOLDER\n";
        return 2;
    }
    try {
        cv::setNumThreads(1);
        vitrine::training::run(arguments[1], arguments[2]);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "train_vector_model: " << error.what() << '\n';
        return 1;
    }
}
