// Lists of other services: what is read of them can be stored, and is read again from an export.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/suppression/csv.hpp"
#include "relay/suppression/export.hpp"
#include "relay/suppression/import.hpp"

namespace {

using namespace kurir::suppression;

std::vector<entry> read(std::string_view text, list_format format) {
    std::vector<entry> all;
    const auto result = read_list(text, format, {}, [&all](entry made) {
        assert(!mistake_in(made));
        all.push_back(std::move(made));
    });
    assert(result.entries == all.size() && result.told.size() <= import_result::told_max);
    return all;
}

// Rows and their fields are counted by lines: no reader goes on for ever, or back.
void check_rows(std::string_view text) {
    csv_reader reader(text);
    std::size_t line = 0;
    while (const auto row = reader.next()) {
        assert(row->line > line && (!row->fields.empty() || !row->mistake.empty()));
        line = row->line;
    }
}

void check(std::string_view text, list_format format) {
    const auto all = read(text, format);
    std::string csv = csv_head();
    std::string json;
    for (const auto& each : all) {
        append_csv_row(csv, each);
        append_json_line(json, each);
    }
    assert(read(csv, list_format::csv) == all);
    assert(read(json, list_format::json) == all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_rows(input);
    check(input, list_format::automatic);
    check(input, list_format::csv);
    return 0;
}
