#pragma once

// For the sources of this floor alone, like storage/sql.hpp.
//
// What soci::use and soci::into name, as PostgreSQL's texts.

#include <array>
#include <charconv>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/postgres_pipeline.hpp"
#include "storage/sql.hpp"

namespace vitrine {

/// The values that a statement's `use`s bind. What is bound must outlive it.
class PostgresValues {
public:
    template <class T>
    void add(const soci::details::use_container<T, void>& bound) {
        values_.push_back({.name = bound.name, .text = text_of(bound.t)});
    }
    template <class T>
    void add(const soci::details::use_container<T, soci::indicator>& bound) {
        values_.push_back({.name = bound.name, .text = bound.ind == soci::i_null ? nullptr : text_of(bound.t)});
    }
    template <class T, class Indicator>
    void add(const soci::details::into_container<T, Indicator>&) {}

    [[nodiscard]] std::span<const PostgresPipeline::Value> all() const noexcept { return values_; }

private:
    /// Enough for any number that is written to be read back as it was.
    using NumberText = std::array<char, 32>;

    [[nodiscard]] static const char* text_of(const std::string& value) { return value.c_str(); }
    template <class Number>
    requires std::is_arithmetic_v<Number>
    [[nodiscard]] const char* text_of(Number value) {
        auto& text = numbers_.emplace_back();
        *fmt::format_to_n(text.data(), text.size() - 1, "{}", value).out = '\0';
        return text.data();
    }

    std::vector<PostgresPipeline::Value> values_;
    std::deque<NumberText> numbers_; ///< which stay where they are when more come: they are pointed to
};

/// Puts one row's columns where a statement's `into`s say, from the first to the last.
class PostgresColumns {
public:
    explicit PostgresColumns(const PostgresPipeline::Row& row) : row_(row) {}

    template <class T, class Indicator>
    void take(const soci::details::use_container<T, Indicator>&) {}
    template <class T>
    void take(const soci::details::into_container<T, void>& bound) {
        const char* text = row_.column(column_++);
        if (text == nullptr) throw Error(ErrorCode::Internal, "A statement gave NULL where none is expected.");
        read(text, bound.t);
    }
    template <class T>
    void take(const soci::details::into_container<T, soci::indicator>& bound) {
        const char* text = row_.column(column_++);
        bound.ind = text == nullptr ? soci::i_null : soci::i_ok;
        if (text != nullptr) read(text, bound.t);
    }

private:
    static void read(const char* text, std::string& value) { value = text; }
    template <class Number>
    requires std::is_arithmetic_v<Number>
    static void read(const char* text, Number& value) {
        const char* end = text + std::char_traits<char>::length(text);
        if (const auto [at, why] = std::from_chars(text, end, value); why != std::errc() || at != end)
            throw Error(ErrorCode::Internal, fmt::format("A statement gave {:.40} where a number is expected.", text));
    }

    const PostgresPipeline::Row& row_;
    int column_ = 0;
};

} // namespace vitrine
