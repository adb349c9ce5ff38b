// A table of text for terminals: columns as wide as what is in them, the last one free.
//
// Pure.
#pragma once

#include <string>
#include <vector>

namespace kurir::app {

class text_table {
public:
    // Columns whose name begins with a space are aligned to the right.
    explicit text_table(std::vector<std::string> names);

    // As many texts as there are columns. Control characters are replaced.
    void add(std::vector<std::string> row);
    bool empty() const noexcept { return rows_.size() == 1; }

    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;  // the first has the names
    std::vector<bool> is_right_;
};

// "3d 4h", "5m 7s": the two largest units.
std::string short_duration(long long seconds);
// "812", "4.1K", "23M".
std::string short_size(unsigned long long bytes);

}  // namespace kurir::app
