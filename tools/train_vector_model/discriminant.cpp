#include "discriminant.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace vitrine::training {
namespace {

cv::Mat mean_row(const cv::Mat& rows) {
    cv::Mat mean;
    cv::reduce(rows, mean, 0, cv::REDUCE_AVG, CV_64F);
    return mean;
}

cv::Mat centred(const cv::Mat& rows, const cv::Mat& mean) {
    cv::Mat wide;
    rows.convertTo(wide, CV_64F);
    for (int row = 0; row < wide.rows; ++row) wide.row(row) -= mean;
    return wide;
}

/// Columns of `whitening` take the ridged within-scatter to the unit matrix.
cv::Mat whitening(cv::Mat within, double ridge) {
    const double variance = cv::trace(within)[0] / within.rows;
    within += ridge * variance * cv::Mat::eye(within.rows, within.cols, CV_64F);
    cv::Mat values, vectors;
    cv::eigen(within, values, vectors);
    for (int row = 0; row < vectors.rows; ++row) vectors.row(row) /= std::sqrt(values.at<double>(row));
    return vectors.t();
}

std::vector<float> to_floats(const cv::Mat& row) {
    cv::Mat wide;
    row.convertTo(wide, CV_32F);
    return {wide.begin<float>(), wide.end<float>()};
}

cv::Mat scatter(const cv::Mat& centred_rows, double weight) {
    cv::Mat product;
    cv::mulTransposed(centred_rows, product, true, cv::noArray(), weight, CV_64F);
    return product;
}

} // namespace

LinearMap discriminant(const cv::Mat& between, const cv::Mat& within, const cv::Mat& mean, int outputs, double ridge) {
    const cv::Mat white = whitening(within.clone(), ridge);
    cv::Mat values, vectors;
    cv::eigen(white.t() * between * white, values, vectors);
    LinearMap map;
    map.inputs = between.cols;
    map.outputs = outputs;
    map.mean = to_floats(mean);
    for (int row = 0; row < outputs; ++row) {
        const double ratio = std::max(0.0, values.at<double>(row));
        const auto direction = to_floats(vectors.row(row) * white.t() * (ratio / (1.0 + ratio)));
        map.rows.insert(map.rows.end(), direction.begin(), direction.end());
    }
    return map;
}

ViewMaps discriminant_of_views(const Views& views, int outputs, double ridge) {
    const auto scenes = static_cast<double>(views.scenes.size());
    const cv::Mat plain_mean = mean_row(views.plain);
    cv::Mat scene_mean = cv::Mat::zeros(1, views.plain.cols, CV_64F);
    for (const auto& scene : views.scenes) scene_mean += mean_row(scene) / scenes;

    // The shop's view weighs as much as all scenes together: every comparison has one on the catalogue's side.
    std::vector<std::pair<cv::Mat, double>> weighed{{centred(views.plain, plain_mean), 0.5}};
    for (const auto& scene : views.scenes) weighed.emplace_back(centred(scene, scene_mean), 0.5 / scenes);
    cv::Mat middle = cv::Mat::zeros(views.plain.rows, views.plain.cols, CV_64F);
    for (const auto& [rows, weight] : weighed) middle += weight * rows;
    cv::Mat within = cv::Mat::zeros(views.plain.cols, views.plain.cols, CV_64F);
    for (const auto& [rows, weight] : weighed) within += scatter(rows - middle, weight / rows.rows);

    ViewMaps maps;
    maps.plain = discriminant(scatter(middle, 1.0 / middle.rows), within, plain_mean, outputs, ridge);
    maps.scene = maps.plain;
    maps.scene.mean = to_floats(scene_mean);
    return maps;
}

LinearMap discriminant_of_kinds(const cv::Mat& rows, const std::vector<std::string>& kinds, int outputs, double ridge) {
    const cv::Mat mean = mean_row(rows);
    std::map<std::string, cv::Mat> by_kind;
    for (int row = 0; row < rows.rows; ++row) by_kind[kinds[static_cast<std::size_t>(row)]].push_back(rows.row(row));
    cv::Mat between = cv::Mat::zeros(rows.cols, rows.cols, CV_64F), within = between.clone();
    for (const auto& [kind, members] : by_kind) {
        const cv::Mat own_mean = mean_row(members);
        within += scatter(centred(members, own_mean), 1.0 / rows.rows);
        between += scatter(own_mean - mean, static_cast<double>(members.rows) / rows.rows);
    }
    return discriminant(between, within, mean, outputs, ridge);
}

LinearMap principal_directions(const cv::Mat& rows, int outputs, bool whitened, double ridge) {
    const cv::PCA pca(rows, cv::noArray(), cv::PCA::DATA_AS_ROW, outputs);
    const double all_variance = cv::sum(pca.eigenvalues)[0];
    LinearMap map;
    map.inputs = rows.cols;
    map.outputs = outputs;
    map.mean = to_floats(pca.mean);
    for (int row = 0; row < outputs; ++row) {
        const double variance = pca.eigenvalues.at<float>(row);
        const double divisor = whitened ? std::sqrt(variance + ridge * all_variance / outputs) : 1.0;
        const auto direction = to_floats(pca.eigenvectors.row(row) / divisor);
        map.rows.insert(map.rows.end(), direction.begin(), direction.end());
    }
    return map;
}

} // namespace vitrine::training
