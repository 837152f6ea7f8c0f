#include "ml/vector_model.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr std::string_view magic = "vitrine vectors 1\n";
constexpr int dimension_max = 1 << 14;

void put(std::string& bytes, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift);
}

void put(std::string& bytes, float value) {
    put(bytes, std::bit_cast<std::uint32_t>(value));
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::string_view take(std::size_t count) {
        if (count > bytes_.size()) fail();
        const auto taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }

    std::uint32_t number() {
        std::uint32_t value = 0;
        int shift = 0;
        for (const char byte : take(4)) {
            value |= std::uint32_t{static_cast<std::uint8_t>(byte)} << shift;
            shift += 8;
        }
        return value;
    }

    float real() {
        const auto value = std::bit_cast<float>(number());
        if (!std::isfinite(value)) fail();
        return value;
    }

    [[nodiscard]] bool at_end() const { return bytes_.empty(); }

    [[noreturn]] static void fail() {
        throw Error(ErrorCode::Corrupted,
                    "The vector model is damaged or of another version; make it anew with scripts/train-codebook.");
    }

private:
    std::string_view bytes_;
};

void put(std::string& bytes, const LinearMap& map) {
    put(bytes, static_cast<std::uint32_t>(map.inputs));
    put(bytes, static_cast<std::uint32_t>(map.outputs));
    for (const float value : map.mean) put(bytes, value);
    for (int row = 0; row < map.outputs; ++row) {
        const std::span values(map.rows.data() + std::size_t(row) * map.inputs, static_cast<std::size_t>(map.inputs));
        float largest = 1e-12F;
        for (const float value : values) largest = std::max(largest, std::abs(value));
        put(bytes, largest / 127.0F);
        for (const float value : values) {
            bytes += static_cast<char>(static_cast<std::int8_t>(std::lround(value / largest * 127.0F)));
        }
    }
}

LinearMap read_map(Reader& reader) {
    LinearMap map;
    map.inputs = static_cast<int>(reader.number());
    map.outputs = static_cast<int>(reader.number());
    if (map.inputs < 1 || map.inputs > dimension_max || map.outputs < 1 || map.outputs > dimension_max) Reader::fail();
    for (int i = 0; i < map.inputs; ++i) map.mean.push_back(reader.real());
    for (int row = 0; row < map.outputs; ++row) {
        const float scale = reader.real();
        for (const char value : reader.take(static_cast<std::size_t>(map.inputs))) {
            map.rows.push_back(scale * static_cast<float>(static_cast<std::int8_t>(value)));
        }
    }
    return map;
}

} // namespace

std::vector<float> LinearMap::project(std::span<const float> input) const {
    if (input.size() != static_cast<std::size_t>(inputs)) {
        throw Error(ErrorCode::Internal, "A vector model's map got an input of the wrong length.");
    }
    std::vector<float> centred(input.begin(), input.end());
    for (std::size_t i = 0; i < centred.size(); ++i) centred[i] -= mean[i];
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(outputs));
    for (int row = 0; row < outputs; ++row) {
        const float* weights = rows.data() + std::size_t(row) * inputs;
        // Eight sums of their own, or the compiler must add one after the other.
        std::array<float, 8> sums{};
        const std::size_t whole = centred.size() / 8 * 8;
        for (std::size_t i = 0; i < whole; i += 8) {
            for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += weights[i + lane] * centred[i + lane];
        }
        float sum = 0.0F;
        for (const float part : sums) sum += part;
        for (std::size_t i = whole; i < centred.size(); ++i) sum += weights[i] * centred[i];
        result.push_back(sum);
    }
    return result;
}

std::string to_bytes(const VectorModel& model) {
    std::string bytes(magic);
    put(bytes, model.plain_appearance);
    for (const float value : model.scene_appearance.mean) put(bytes, value);
    put(bytes, model.shape);
    put(bytes, model.reduction);
    put(bytes, static_cast<std::uint32_t>(model.words.size()));
    for (const float value : model.words) put(bytes, value);
    put(bytes, model.local);
    return bytes;
}

VectorModel vector_model_from_bytes(std::string_view bytes) {
    Reader reader(bytes);
    if (!bytes.starts_with(magic)) Reader::fail();
    reader.take(magic.size());
    VectorModel model;
    model.plain_appearance = read_map(reader);
    model.scene_appearance = model.plain_appearance;
    for (float& value : model.scene_appearance.mean) value = reader.real();
    model.shape = read_map(reader);
    model.reduction = read_map(reader);
    const std::uint32_t words = reader.number();
    if (words > dimension_max) Reader::fail();
    for (std::uint32_t i = 0; i < words; ++i) model.words.push_back(reader.real());
    model.local = read_map(reader);
    const bool fits = model.reduction.inputs == 128 &&
                      words % static_cast<std::uint32_t>(model.reduction.outputs) == 0 &&
                      model.local.inputs == static_cast<int>(words);
    if (!reader.at_end() || !fits) Reader::fail();
    return model;
}

} // namespace vitrine
