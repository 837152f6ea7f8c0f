#pragma once

// For tests alone: networks of a few hundred bytes, written as ONNX (a protobuf) by hand.

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::testing_support {

/// A protobuf message as far as ONNX needs it.
class Message {
public:
    Message& number(int field, std::uint64_t value) {
        varint(static_cast<std::uint64_t>(field) << 3);
        varint(value);
        return *this;
    }
    Message& text(int field, const std::string& value) {
        varint(static_cast<std::uint64_t>(field) << 3 | 2);
        varint(value.size());
        bytes_ += value;
        return *this;
    }
    Message& message(int field, const Message& value) { return text(field, value.bytes_); }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }

    std::string bytes_;
};

inline Message value_info(const std::string& name, const std::vector<std::uint64_t>& shape) {
    Message dimensions;
    for (const auto size : shape) dimensions.message(1, Message().number(1, size));
    return Message().text(1, name).message(
        2, Message().message(1, Message().number(1, 1 /* float */).message(2, dimensions)));
}

inline Message node(const std::string& operation, const std::string& input, const std::string& output) {
    return Message().text(1, input).text(2, output).text(3, output).text(4, operation);
}

/// A network whose output "embedding" [1,3] is the mean of each channel of its input "image" [1,3,side,side].
inline std::string channel_means_onnx(std::uint64_t side) {
    const auto graph = Message()
                           .message(1, node("GlobalAveragePool", "image", "pooled"))
                           .message(1, node("Flatten", "pooled", "embedding"))
                           .text(2, "means")
                           .message(11, value_info("image", {1, 3, side, side}))
                           .message(12, value_info("embedding", {1, 3}));
    return Message().number(1, 7).message(7, graph).message(8, Message().text(1, "").number(2, 11)).bytes();
}

} // namespace vitrine::testing_support
