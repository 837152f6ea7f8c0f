#include "drawn_products.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace vitrine::training {
namespace {

constexpr int side = 128; ///< of the pictures drawn, which is all that an appearance looks at

/// Red, green, blue in [0, 1] with the share of each pixel that is covered.
struct Sprite {
    cv::Mat colour;
    cv::Mat cover;
};

cv::Vec3f hsv(double hue, double saturation, double value) {
    const double wrapped = std::fmod(std::fmod(hue, 360.0) + 360.0, 360.0);
    cv::Mat pixel(1, 1, CV_32FC3, cv::Scalar(wrapped, std::clamp(saturation, 0.0, 1.0), std::clamp(value, 0.0, 1.0)));
    cv::cvtColor(pixel, pixel, cv::COLOR_HSV2RGB);
    return pixel.at<cv::Vec3f>(0, 0);
}

cv::Scalar scalar(const cv::Vec3f& colour) {
    return {colour[0], colour[1], colour[2]};
}

cv::Vec3f any_colour(Randomness& random) {
    const double kind = random.unit();
    if (kind < 0.25) return hsv(random.between(0, 360), random.between(0, 0.15), random.between(0.1, 1));
    if (kind < 0.5) return hsv(random.between(0, 110), random.between(0.4, 1), random.between(0.4, 1));
    return hsv(random.between(0, 360), random.between(0.3, 1), random.between(0.2, 1));
}

cv::Mat cloud(Randomness& random, int size, int cells) {
    cv::Mat coarse(std::max(2, cells), std::max(2, cells), CV_32F);
    for (auto value = coarse.begin<float>(); value != coarse.end<float>(); ++value) {
        *value = static_cast<float>(random.normal());
    }
    cv::Mat fine;
    cv::resize(coarse, fine, {size, size}, 0, 0, cv::INTER_CUBIC);
    return fine;
}

Produce make_produce(Randomness& random) {
    constexpr std::array elongations{1.0, 1.0, 1.0, 1.3, 2.0, 4.0};
    constexpr std::array grains{3, 8, 20};
    constexpr std::array pieces{1, 1, 1, 2, 3, 4, 6};
    const double hue = random.chance(0.8) ? random.between(0, 110) : random.between(0, 360);
    const double saturation = random.between(0.25, 1);
    const double value = random.between(0.3, 1);
    Produce made;
    made.colour = hsv(hue, saturation, value);
    made.second_colour =
        hsv(hue + 25 * random.normal(), saturation * random.between(0.5, 1.2), value * random.between(0.6, 1.3));
    made.elongation = elongations[random.below(elongations.size())];
    made.mixing = random.between(0, 1.2);
    made.grain = grains[random.below(grains.size())];
    made.gloss = random.between(0, 0.6);
    if (random.chance(0.5)) made.stem = any_colour(random);
    if (random.chance(0.2)) made.cut = any_colour(random);
    made.pieces = pieces[random.below(pieces.size())];
    return made;
}

Package make_package(Randomness& random) {
    Package made;
    for (auto& colour : made.colours) colour = any_colour(random);
    if (random.chance(0.5)) made.colours[0] = {0.93F, 0.95F, 0.95F};
    made.aspect = random.between(1.2, 3.2);
    made.seed = static_cast<std::uint32_t>(random.below(1 << 30));
    return made;
}

Sprite draw(const Produce& thing, Randomness& random, int size) {
    Sprite sprite{cv::Mat(size, size, CV_32FC3), cv::Mat(size, size, CV_32F)};
    const cv::Mat patches = cloud(random, size, thing.grain);
    const cv::Mat dents = cloud(random, size, 4);
    const double half_height = 0.48 / thing.elongation;
    const double light_x = random.between(-0.25, 0.1), light_y = random.between(-0.25, 0.0) * 2 * half_height;
    const bool show_cut = thing.cut && random.chance(0.5);
    for (int row = 0; row < size; ++row) {
        for (int column = 0; column < size; ++column) {
            const double x = double(column) / size - 0.5, y = double(row) / size - 0.5;
            const double radius = std::hypot(x / 0.48, y / half_height) + 0.03 * dents.at<float>(row, column);
            const float patch = patches.at<float>(row, column);
            const auto first = static_cast<float>(std::clamp(0.5 + 0.5 * thing.mixing * patch, 0.0, 1.0));
            cv::Vec3f colour = thing.colour * first + thing.second_colour * (1 - first);
            const double roundness = std::sqrt(std::clamp(1.0 - radius * radius, 0.0, 1.0));
            const double shine = std::exp(-(std::pow((x - light_x) / 0.12, 2) + std::pow((y - light_y) / 0.12, 2)));
            colour = colour * static_cast<float>(0.45 + 0.55 * roundness) +
                     cv::Vec3f::all(static_cast<float>(thing.gloss * shine));
            if (show_cut && std::hypot(x / 0.4, y / (0.8 * half_height)) < 1)
                colour = *thing.cut * (0.9F + 0.1F * patch);
            sprite.colour.at<cv::Vec3f>(row, column) = colour;
            sprite.cover.at<float>(row, column) = radius < 1 ? 1.0F : 0.0F;
        }
    }
    if (thing.stem) {
        const cv::Point foot(size / 2, static_cast<int>(size * (0.5 - 0.8 * half_height)));
        const cv::Point end(static_cast<int>(size * (0.5 + random.between(-0.1, 0.1))),
                            static_cast<int>(size * (0.5 - half_height)));
        cv::line(sprite.colour, foot, end, scalar(*thing.stem), std::max(1, size / 20));
    }
    cv::GaussianBlur(sprite.cover, sprite.cover, {3, 3}, 0);
    return sprite;
}

void print_shapes(cv::Mat& face, const Package& thing, Randomness& random) {
    const int w = face.cols, h = face.rows;
    for (int count = 2 + random.below(5); count > 0; --count) {
        const auto colour = scalar(thing.colours[1 + random.below(3)]);
        const double kind = random.unit();
        const cv::Point at(random.below(w), random.below(h));
        if (kind < 0.4) {
            cv::rectangle(face, {0, at.y}, {w, at.y + h / 20 + random.below(h / 3)}, colour, cv::FILLED);
        } else if (kind < 0.7) {
            cv::circle(face, at, w / 8 + 1 + random.below(w / 2), colour, cv::FILLED);
        } else {
            const cv::Size axes(2 + random.below(w / 2 + 1), 2 + random.below(h / 4 + 1));
            cv::ellipse(face, at, axes, random.below(180), 0, 360, colour, cv::FILLED);
        }
    }
}

void print_words(cv::Mat& face, const Package& thing, Randomness& random) {
    for (int count = 1 + random.below(5); count > 0; --count) {
        std::string word;
        for (int letters = 3 + random.below(6); letters > 0; --letters)
            word += static_cast<char>('A' + random.below(26));
        const cv::Point at(random.below(std::max(1, face.cols / 3)), random.below(face.rows));
        cv::putText(face, word, at, cv::FONT_HERSHEY_DUPLEX, face.cols / 120.0 * random.between(0.6, 1.8),
                    scalar(thing.colours[1 + random.below(3)]), std::max(1, face.cols / 60));
    }
}

Sprite draw(const Package& thing, Randomness& /*random*/, int size) {
    Randomness print(thing.seed);
    const int width = std::max(8, static_cast<int>(size / thing.aspect));
    Sprite sprite{cv::Mat(size, width, CV_32FC3, scalar(thing.colours[0])),
                  cv::Mat(size, width, CV_32F, cv::Scalar(1.0))};
    print_shapes(sprite.colour, thing, print);
    print_words(sprite.colour, thing, print);
    const double edge = print.between(0.8, 1.0);
    for (int x = 0; x < width; ++x) sprite.colour.col(x) *= edge + (1.0 - edge) * x / width;
    return sprite;
}

Sprite draw(const Thing& thing, Randomness& random, int size) {
    return std::visit([&](const auto& kind) { return draw(kind, random, size); }, thing);
}

struct Placement {
    double x = 0.0, y = 0.0; ///< of the middle
    double size = 0.0;       ///< of the longer side
    double degrees = 0.0;
    double shadow = 0.0; ///< darkness of the shadow around it
};

/// Only the part of the canvas that the sprite can reach is touched.
void paste(cv::Mat& canvas, const Sprite& sprite, const Placement& place) {
    const double reach = place.size * (0.75 + (place.shadow > 0 ? 0.25 : 0.0)) + 2;
    const cv::Rect all(0, 0, canvas.cols, canvas.rows);
    const cv::Rect part = cv::Rect(static_cast<int>(place.x - reach), static_cast<int>(place.y - reach),
                                   static_cast<int>(2 * reach) + 1, static_cast<int>(2 * reach) + 1) &
                          all;
    if (part.empty()) return;
    const double scale = place.size / std::max(sprite.colour.cols, sprite.colour.rows);
    const cv::Point2f middle(sprite.colour.cols / 2.0F, sprite.colour.rows / 2.0F);
    cv::Mat turn = cv::getRotationMatrix2D(middle, place.degrees, scale);
    turn.at<double>(0, 2) += place.x - middle.x - part.x;
    turn.at<double>(1, 2) += place.y - middle.y - part.y;
    cv::Mat colour, cover;
    cv::warpAffine(sprite.colour, colour, turn, part.size());
    cv::warpAffine(sprite.cover, cover, turn, part.size());
    cv::Mat under = canvas(part), shade;
    if (place.shadow > 0) cv::GaussianBlur(cover, shade, {}, place.size * 0.08 + 0.5);
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            auto& pixel = under.at<cv::Vec3f>(y, x);
            const float covered = cover.at<float>(y, x);
            if (!shade.empty()) pixel *= 1.0F - static_cast<float>(place.shadow) * shade.at<float>(y, x);
            pixel = pixel * (1.0F - covered) + colour.at<cv::Vec3f>(y, x) * covered;
        }
    }
}

void heap(cv::Mat area, const Thing& thing, Randomness& random, double size) {
    if (std::min(area.cols, area.rows) < 4) return;
    area.setTo(cv::Scalar::all(random.between(0.02, 0.25)));
    std::array<Sprite, 4> sprites;
    for (auto& sprite : sprites) sprite = draw(thing, random, 48);
    const bool packed = std::holds_alternative<Package>(thing);
    const int count = 1 + static_cast<int>(std::min(60.0, 2.2 * area.cols * area.rows / (size * size)));
    for (int i = 0; i < count; ++i) {
        paste(area, sprites[random.below(4)],
              {random.between(0, area.cols), random.between(0, area.rows), size * random.between(0.85, 1.15),
               packed ? 4 * random.normal() : random.between(0, 360), 0.5});
    }
}

/// Shelves or crates of other things.
cv::Mat clutter(Randomness& random) {
    cv::Mat canvas(side, side, CV_32FC3, scalar(any_colour(random) * 0.6F));
    const int rows = 1 + random.below(3), columns = 1 + random.below(4);
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            const cv::Rect cell(column * side / columns, row * side / rows, side / columns - 2, side / rows - 3);
            if (random.chance(0.85)) {
                heap(canvas(cell), make_thing(random), random, side * random.between(0.1, 0.3));
            } else {
                canvas(cell).setTo(
                    scalar(hsv(random.between(0, 360), random.between(0, 0.2), random.between(0.05, 0.9))));
            }
        }
    }
    return canvas;
}

void hold_in_hand(cv::Mat& canvas, const Thing& thing, Randomness& random) {
    if (random.chance(0.6)) cv::GaussianBlur(canvas, canvas, {}, random.between(0.5, 2));
    const bool packed = std::holds_alternative<Package>(thing);
    const double size = side * (packed ? random.between(0.5, 0.95) : random.between(0.3, 0.7));
    const double x = side * random.between(0.4, 0.6), y = side * random.between(0.4, 0.6);
    const double from = random.chance(0.7) ? -1.0 : 1.0;
    const auto skin = scalar(hsv(random.between(10, 28), random.between(0.3, 0.6), random.between(0.5, 0.9)));
    const cv::Point wrist(static_cast<int>(x + from * side * 0.6), static_cast<int>(y + side * 0.6));
    cv::line(canvas, cv::Point(static_cast<int>(x), static_cast<int>(y + side * 0.15)), wrist, skin, side / 5);
    paste(canvas, draw(thing, random, 96), {x, y, size, 18 * random.normal(), 0.0});
    for (int finger = 0; finger < 3; ++finger) {
        const cv::Point tip(static_cast<int>(x - from * size * 0.22),
                            static_cast<int>(y + size * (0.02 + 0.1 * finger)));
        cv::circle(canvas, tip, side / 25, skin, cv::FILLED);
    }
}

void lay_in_crate(cv::Mat& canvas, const Thing& thing, Randomness& random) {
    const bool crate = random.chance(0.75);
    const auto margin = [&] { return crate ? static_cast<int>(random.between(0, 0.25) * side) : 0; };
    const int left = margin(), top = margin(), right = side - margin(), bottom = side - margin();
    heap(canvas(cv::Rect(left, top, right - left, bottom - top)), thing, random, side * random.between(0.12, 0.45));
    if (random.chance(0.3)) {
        const int width = side / 4 + random.below(side * 3 / 4);
        cv::rectangle(canvas, {0, side * 4 / 5}, {width, side}, {0.9, 0.9, 0.8}, cv::FILLED);
    }
}

/// Exposure, gamma, a lamp's colour, fading, uneven light, flare, blur and noise.
cv::Mat under_poor_light(const cv::Mat& drawn, Randomness& random) {
    cv::Mat image;
    cv::min(cv::max(drawn, 0.0), 1.0, image);
    cv::pow(image, random.between(0.8, 1.5), image);
    image *= random.between(0.6, 1.15);
    const cv::Vec3f lamp(static_cast<float>(random.between(0.95, 1.1)), static_cast<float>(random.between(0.85, 1.05)),
                         static_cast<float>(random.between(0.65, 1.05)));
    const auto fading = static_cast<float>(random.between(0.7, 1.15));
    const double across = random.between(-0.5, 0.5), down = random.between(-0.5, 0.5);
    const auto flare = static_cast<float>(random.between(-0.03, 0.06));
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const cv::Vec3f lit = image.at<cv::Vec3f>(y, x).mul(lamp);
            const cv::Vec3f grey = cv::Vec3f::all((lit[0] + lit[1] + lit[2]) / 3.0F);
            const double slope = 1.0 + across * (double(x) / side - 0.5) + down * (double(y) / side - 0.5);
            image.at<cv::Vec3f>(y, x) =
                (grey + (lit - grey) * fading) * static_cast<float>(slope) + cv::Vec3f::all(flare);
        }
    }
    if (random.chance(0.5)) cv::GaussianBlur(image, image, {}, random.between(0.3, 1.2));
    for (auto pixel = image.begin<cv::Vec3f>(); pixel != image.end<cv::Vec3f>(); ++pixel) {
        for (int channel = 0; channel < 3; ++channel) (*pixel)[channel] += static_cast<float>(0.015 * random.normal());
    }
    return image;
}

Picture to_picture(const cv::Mat& image) {
    cv::Mat bytes;
    image.convertTo(bytes, CV_8UC3, 255.0);
    return {bytes.cols, bytes.rows, {bytes.data, bytes.data + bytes.total() * 3}};
}

} // namespace

Thing make_thing(Randomness& random) {
    if (random.chance(0.6)) return make_produce(random);
    return make_package(random);
}

Picture draw_on_white(const Thing& thing, Randomness& random) {
    cv::Mat canvas(side, side, CV_32FC3, cv::Scalar::all(1.0));
    const auto* produce = std::get_if<Produce>(&thing);
    const int pieces = produce ? produce->pieces : 1;
    for (int i = 0; i < pieces; ++i) {
        const double spread = pieces > 1 ? 0.22 * side : 0.0;
        paste(canvas, draw(thing, random, 96),
              {side * 0.5 + random.between(-spread, spread), side * 0.5 + random.between(-spread, spread),
               side * (pieces > 1 ? 0.55 : 0.92), produce ? random.between(-30, 30) : 0.0, 0.0});
    }
    return to_picture(canvas);
}

Picture draw_scene(const Thing& thing, Randomness& random) {
    cv::Mat canvas = clutter(random);
    if (std::holds_alternative<Package>(thing) || random.chance(0.15)) {
        hold_in_hand(canvas, thing, random);
    } else {
        lay_in_crate(canvas, thing, random);
    }
    return to_picture(under_poor_light(canvas, random));
}

} // namespace vitrine::training
