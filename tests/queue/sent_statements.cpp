#include "tests/queue/sent_statements.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace tests {

namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ifstream opened(file, std::ios::binary);
    if (!opened) throw std::runtime_error(file.string() + " can't be read");
    return {std::istreambuf_iterator<char>(opened), {}};
}

std::vector<fs::path> sources_in(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& each : fs::directory_iterator(folder)) {
        const auto kind = each.path().extension();
        if (kind == ".hpp" || kind == ".cpp") found.push_back(each.path());
    }
    std::ranges::sort(found);
    return found;
}

// What is left of a source to read.
class source_text {
public:
    explicit source_text(std::string_view left) : left_(left) {}

    // Goes on behind the next place of `word`; false: there is none.
    bool skip_past(std::string_view word) {
        const auto at = left_.find(word);
        if (at == std::string_view::npos) return false;
        left_.remove_prefix(at + word.size());
        return true;
    }
    bool take(char expected) {
        skip_spaces();
        if (!left_.starts_with(expected)) return false;
        left_.remove_prefix(1);
        return true;
    }
    std::string take_word() {
        skip_spaces();
        const auto end = std::ranges::find_if(left_, [](unsigned char each) {
            return std::isalnum(each) == 0 && each != '_';
        });
        const auto word = std::string(left_.begin(), end);
        left_.remove_prefix(word.size());
        return word;
    }
    // String literals beside each other are one.
    std::string take_literals() {
        std::string all;
        while (take('"')) {
            const auto size = std::min(left_.find('"'), left_.size());
            all += left_.substr(0, size);
            left_.remove_prefix(std::min(size + 1, left_.size()));
        }
        return all;
    }

private:
    void skip_spaces() {
        while (!left_.empty() && std::isspace(static_cast<unsigned char>(left_.front())) != 0)
            left_.remove_prefix(1);
    }

    std::string_view left_;
};

}  // namespace

std::vector<sent_statement> statements_in(const fs::path& sources) {
    std::vector<sent_statement> found;
    for (const auto& file : sources_in(sources)) {
        const auto content = content_of(file);
        source_text left(content);
        while (left.skip_past("constexpr statement ")) {
            const auto variable = left.take_word();
            sent_statement made;
            if (left.take('{')) made.name = left.take_literals();
            if (left.take(',')) made.text = left.take_literals();
            const bool is_plain = made.text.find('\\') == std::string::npos;
            if (made.name != variable || made.text.empty() || !left.take('}') || !is_plain) {
                throw std::runtime_error(
                    file.string() + ": " + variable +
                    " is not written as statement NAME{\"NAME\", "
                    "\"TEXT\"}, so its text is not recorded"
                );
            }
            found.push_back(std::move(made));
        }
    }
    return found;
}

int schema_version_in(const fs::path& sources) {
    const auto content = content_of(sources / "schema.cpp");
    source_text left(content);
    int newest = 0;
    while (left.skip_past("{.number ="))
        newest = std::max(newest, std::stoi(left.take_word()));
    return newest;
}

// --- records: a line "-- NAME TYPES", a line with the text, an empty line

std::string record_of(const std::vector<sent_statement>& sent) {
    std::string text;
    for (const auto& each : sent)
        text += "-- " + each.name + " " + each.types + "\n" + each.text + ";\n\n";
    text.pop_back();
    return text;
}

std::vector<sent_statement> read_record(const fs::path& file) {
    std::istringstream lines(content_of(file));
    std::vector<sent_statement> found;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        const auto space = line.find(' ', 3);
        sent_statement made;
        std::getline(lines, made.text);
        if (!line.starts_with("-- ") || space == std::string::npos || !made.text.ends_with(';')) {
            throw std::runtime_error(file.string() + ": not a record: " + line);
        }
        made.name = line.substr(3, space - 3);
        made.types = line.substr(space + 1);
        made.text.pop_back();
        found.push_back(std::move(made));
    }
    return found;
}

std::vector<std::string> parameter_types(std::string_view types) {
    std::vector<std::string> found;
    std::istringstream listed(std::string(types.substr(1, types.find(')') - 1)));
    for (std::string each; std::getline(listed, each, ',');) {
        each.erase(0, each.find_first_not_of(' '));
        found.push_back(each);
    }
    return found;
}

}  // namespace tests
