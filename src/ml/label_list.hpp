#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// A model's labels, in its order, each with the shop category it stands for.
class LabelList {
public:
    LabelList() = default;

    /// `labels` has one label a line, as in "tench, Tinca tinca": the names of one thing, the usual one first. Empty
    /// lines at the end do not count. `categories` has lines "label,category" (RFC 4180; the header line
    /// `label,category` stands first), which say under which category the shop has the label of that first name,
    /// ignoring case; a label that it does not name, or names with an empty category, has none. Without it
    /// (`categories` empty) each label's first name is its category. Throws Error(Configuration), naming file and line,
    /// for text over a MiB, over 100,000 labels, a label over 200 bytes or with control characters, and a category for
    /// a label that does not exist.
    LabelList(std::string_view labels, std::string_view labels_file, std::string_view categories,
              std::string_view categories_file);

    /// The labels with what default_categories.hpp says of those that it names; of any other the first name is its
    /// category. Throws as the constructor.
    static LabelList with_default_categories(std::string_view labels, std::string_view labels_file);

    [[nodiscard]] int count() const { return static_cast<int>(categories_.size()); }

    /// Empty for a label that is no category of the shop, or no label.
    [[nodiscard]] const std::string& category(int label) const;

private:
    std::vector<std::string> categories_;
};

} // namespace vitrine
