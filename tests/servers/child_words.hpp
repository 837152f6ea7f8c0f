#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace vitrine::test {

/// A child's arguments or environment as exec takes them. Made before the fork: the child of a process with many
/// threads may allocate nothing.
class ChildWords {
public:
    explicit ChildWords(std::vector<std::string> words) : words_(std::move(words)) {
        for (auto& word : words_) pointers_.push_back(word.data());
        pointers_.push_back(nullptr);
    }
    ChildWords(const ChildWords&) = delete;
    ChildWords& operator=(const ChildWords&) = delete;

    [[nodiscard]] char* const* pointers() const { return pointers_.data(); }

private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

/// This process's environment, less the variables whose names `is_left_out` says, and `variables` with it.
inline std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& variables,
                                                 const std::function<bool(const std::string& name)>& is_left_out) {
    std::vector<std::string> environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!is_left_out(text.substr(0, text.find('=')))) environment.push_back(text);
    }
    for (const auto& [name, value] : variables) environment.push_back(name + '=' + value);
    return environment;
}

} // namespace vitrine::test
