#include "relay/app/other_names.hpp"

#include <string_view>

namespace kurir::app {

std::vector<std::string> command_words(std::span<const char* const> arguments) {
    if (arguments.empty()) return {};
    const std::string_view path = arguments.front();
    const auto name = path.substr(path.rfind('/') + 1);
    std::vector<std::string> words;
    if (name == "mailq" || name == "sendmail") words.emplace_back(name);
    for (const auto* word : arguments.subspan(1))
        words.emplace_back(word);
    if (!words.empty() && words.front() == "mailq") words.front() = "queue";
    return words;
}

}  // namespace kurir::app
