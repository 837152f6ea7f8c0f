#include "ml/colour_namer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/foreground.hpp"

namespace vitrine {
namespace {

constexpr double cover_min = 0.12;
constexpr std::size_t colours_max = 3;

struct Prototype {
    std::string_view name;
    std::string_view family; ///< forms of one family in one picture are one colour in light and shade
    std::array<std::uint8_t, 3> rgb;
};

constexpr std::array prototypes = {
    Prototype{"black", "black", {10, 10, 10}},
    Prototype{"black", "black", {35, 34, 36}},
    Prototype{"dark gray", "gray", {75, 75, 75}},
    Prototype{"gray", "gray", {125, 125, 125}},
    Prototype{"light gray", "gray", {190, 190, 190}},
    Prototype{"white", "white", {235, 235, 235}},
    Prototype{"white", "white", {255, 255, 255}},
    Prototype{"dark red", "red", {105, 15, 25}},
    Prototype{"red", "red", {215, 30, 40}},
    Prototype{"red", "red", {170, 30, 40}},
    Prototype{"red", "red", {225, 70, 60}},
    Prototype{"orange", "orange", {245, 130, 30}},
    Prototype{"orange", "orange", {230, 105, 35}},
    Prototype{"yellow", "yellow", {250, 215, 40}},
    Prototype{"yellow", "yellow", {225, 190, 40}},
    Prototype{"light yellow", "yellow", {250, 240, 150}},
    Prototype{"dark green", "green", {20, 70, 40}},
    Prototype{"dark green", "green", {55, 70, 35}},
    Prototype{"green", "green", {45, 145, 65}},
    Prototype{"green", "green", {110, 165, 55}},
    Prototype{"green", "green", {120, 135, 60}},
    Prototype{"light green", "green", {165, 215, 150}},
    Prototype{"turquoise", "turquoise", {35, 175, 175}},
    Prototype{"dark blue", "blue", {20, 30, 85}},
    Prototype{"dark blue", "blue", {40, 50, 75}},
    Prototype{"blue", "blue", {35, 80, 200}},
    Prototype{"blue", "blue", {50, 105, 165}},
    Prototype{"light blue", "blue", {150, 195, 230}},
    Prototype{"dark purple", "purple", {65, 25, 80}},
    Prototype{"purple", "purple", {120, 50, 150}},
    Prototype{"light purple", "purple", {185, 160, 215}},
    Prototype{"pink", "pink", {235, 90, 150}},
    Prototype{"pink", "pink", {245, 155, 185}},
    Prototype{"light pink", "pink", {250, 210, 218}},
    Prototype{"dark brown", "brown", {60, 40, 30}},
    Prototype{"brown", "brown", {110, 70, 40}},
    Prototype{"brown", "brown", {140, 85, 50}},
    Prototype{"light brown", "brown", {175, 130, 90}},
    Prototype{"beige", "beige", {222, 203, 170}},
    Prototype{"beige", "beige", {195, 175, 145}},
};

cv::Mat to_lab(const cv::Mat& rgb) {
    cv::Mat scaled;
    rgb.convertTo(scaled, CV_32FC3, 1.0 / 255.0);
    cv::Mat lab;
    cv::cvtColor(scaled, lab, cv::COLOR_RGB2Lab);
    return lab;
}

std::vector<cv::Vec3f> prototypes_in_lab() {
    cv::Mat rgb(1, static_cast<int>(prototypes.size()), CV_8UC3);
    for (int i = 0; i < rgb.cols; ++i) {
        const auto& [r, g, b] = prototypes[static_cast<std::size_t>(i)].rgb;
        rgb.at<cv::Vec3b>(0, i) = {r, g, b};
    }
    const cv::Mat lab = to_lab(rgb);
    return {lab.ptr<cv::Vec3f>(0), lab.ptr<cv::Vec3f>(0) + lab.cols};
}

/// The prototypes' places, axis by axis, so that one pixel is compared with all of them in a few vector instructions.
class KnownColours {
public:
    KnownColours() {
        const auto lab = prototypes_in_lab();
        for (std::size_t i = 0; i < lab.size(); ++i) {
            lightness_[i] = lab[i][0];
            a_[i] = lab[i][1];
            b_[i] = lab[i][2];
        }
    }

    [[nodiscard]] std::size_t nearest(const cv::Vec3f& colour) const {
        std::array<float, prototypes.size()> distances;
        for (std::size_t i = 0; i < distances.size(); ++i) {
            const float dl = colour[0] - lightness_[i], da = colour[1] - a_[i], db = colour[2] - b_[i];
            distances[i] = 0.6F * dl * dl + da * da + db * db; // light varies more than hue
        }
        return static_cast<std::size_t>(std::ranges::min_element(distances) - distances.begin());
    }

private:
    std::array<float, prototypes.size()> lightness_{}, a_{}, b_{};
};

/// The thing's pixels at the mask's size; every pixel where there is no plain background, or nothing else.
std::vector<cv::Vec3f> thing_pixels(const Picture& picture, const Foreground& foreground) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat reduced;
    cv::resize(rgb, reduced, {foreground.width, foreground.height}, 0, 0, cv::INTER_AREA);
    const cv::Mat lab = to_lab(reduced);
    std::vector<cv::Vec3f> all(lab.begin<cv::Vec3f>(), lab.end<cv::Vec3f>());
    if (!foreground.plain) return all;
    std::vector<cv::Vec3f> inside;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (foreground.inside[i] != 0) inside.push_back(all[i]);
    }
    constexpr double thing_share_min = 0.02; // less than that left over is noise, not a thing
    return static_cast<double>(inside.size()) < thing_share_min * static_cast<double>(all.size()) ? all : inside;
}

/// Joins the forms of one family under its most covering form.
std::vector<NamedColour> joined_by_family(const std::vector<NamedColour>& forms,
                                          const std::vector<std::string_view>& families) {
    std::vector<NamedColour> colours;
    std::vector<std::string_view> seen;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        const auto known = std::ranges::find(seen, families[i]);
        if (known == seen.end()) {
            seen.push_back(families[i]);
            colours.push_back(forms[i]);
        } else {
            colours[static_cast<std::size_t>(known - seen.begin())].cover += forms[i].cover;
        }
    }
    return colours;
}

} // namespace

std::vector<NamedColour> name_colours(const Picture& picture) {
    if (picture.width <= 0 || picture.height <= 0) return {};
    return name_colours(picture, find_foreground(picture));
}

std::vector<NamedColour> name_colours(const Picture& picture, const Foreground& foreground) {
    const KnownColours known;
    const auto pixels = thing_pixels(picture, foreground);
    std::array<int, prototypes.size()> counts{};
    for (const auto& pixel : pixels) ++counts[known.nearest(pixel)];
    std::vector<NamedColour> forms;
    std::vector<std::string_view> families;
    for (std::size_t i = 0; i < prototypes.size(); ++i) {
        if (counts[i] == 0) continue;
        auto form = std::ranges::find(forms, prototypes[i].name, &NamedColour::name);
        if (form == forms.end()) form = forms.insert(forms.end(), {std::string(prototypes[i].name), 0.0});
        form->cover += static_cast<double>(counts[i]) / static_cast<double>(pixels.size());
    }
    std::ranges::stable_sort(forms, std::ranges::greater{}, &NamedColour::cover);
    for (const auto& form : forms) {
        families.push_back(std::ranges::find(prototypes, form.name, &Prototype::name)->family);
    }
    auto colours = joined_by_family(forms, families);
    std::erase_if(colours, [](const NamedColour& colour) { return colour.cover < cover_min; });
    std::ranges::stable_sort(colours, std::ranges::greater{}, &NamedColour::cover);
    if (colours.size() > colours_max) colours.resize(colours_max);
    return colours;
}

} // namespace vitrine
