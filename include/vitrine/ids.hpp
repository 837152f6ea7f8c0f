#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace vitrine {

/// A database row's key that cannot be mistaken for another table's. Positive once stored; 0 means "not stored yet".
template <class Tag>
struct Id {
    std::int64_t value = 0;

    friend auto operator<=>(const Id&, const Id&) = default;
};

using ImageId = Id<struct ImageTag>;
using ProductId = Id<struct ProductTag>;
using ProductImageId = Id<struct ProductImageTag>;
using JobId = Id<struct JobTag>;
using TaskId = Id<struct TaskTag>;

} // namespace vitrine

template <class Tag>
struct std::hash<vitrine::Id<Tag>> {
    std::size_t operator()(const vitrine::Id<Tag>& id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
