#pragma once

#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "ml/vector_model.hpp"

namespace vitrine::training {

/// Fisher's discriminant: the linear map of `outputs` directions after which rows of one kind lie together and kinds
/// apart. `within` gets a ridge of `ridge` times its mean variance; each direction is weighed by how reliable it is,
/// e / (1 + e) of its ratio e between to within. Both scatters are square, CV_64F. `mean` (1 row) becomes the map's
/// own. Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning" (2009), section 4.3.
LinearMap discriminant(const cv::Mat& between, const cv::Mat& within, const cv::Mat& mean, int outputs, double ridge);

/// Views of many things: a row (CV_32F) of `plain` and of each of `scenes` for each thing.
struct Views {
    cv::Mat plain;
    std::vector<cv::Mat> scenes;
};

/// The discriminant between things, within a thing's views, for both kinds of view: each kind has its own mean taken
/// off.
struct ViewMaps {
    LinearMap plain;
    LinearMap scene;
};

ViewMaps discriminant_of_views(const Views& views, int outputs, double ridge);

/// The discriminant between kinds: `kinds[i]` names row i of `rows` (CV_32F).
LinearMap discriminant_of_kinds(const cv::Mat& rows, const std::vector<std::string>& kinds, int outputs, double ridge);

/// The rows' (CV_32F) strongest directions, each divided by its spread when `whitened`, damped by `ridge` times the
/// mean variance.
LinearMap principal_directions(const cv::Mat& rows, int outputs, bool whitened, double ridge);

} // namespace vitrine::training
