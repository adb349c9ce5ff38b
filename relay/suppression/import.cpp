#include "relay/suppression/import.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/suppression/csv.hpp"

namespace kurir::suppression {

namespace {

namespace json = boost::json;

class list_reader {
public:
    list_reader(const import_defaults& defaults, const std::function<void(entry)>& take)
        : defaults_(defaults), take_(take) {}

    void add(std::size_t line, const fields& fields) {
        entry made;
        if (auto mistake = read_entry(fields, defaults_, made)) {
            return refuse(line, *std::move(mistake));
        }
        ++result_.entries;
        take_(std::move(made));
    }

    void refuse(std::size_t line, std::string what) {
        ++result_.bad;
        if (result_.told.size() < import_result::told_max) {
            result_.told.push_back({.line = line, .what = std::move(what)});
        }
    }

    import_result result() && { return std::move(result_); }

private:
    const import_defaults& defaults_;
    const std::function<void(entry)>& take_;
    import_result result_;
};

// --- CSV

// What a first line separates its names by.
char separator_of(std::string_view text) {
    const auto line = text.substr(0, text.find('\n'));
    for (const char c : {',', ';', '\t'}) {
        if (line.find(c) != std::string_view::npos) return c;
    }
    return ',';
}

// Amazon's lists for imports have no line of names: an address, and the reason.
std::vector<std::optional<column>> columns_of(const csv_row& first) {
    if (read_subject(first.fields.front()) && !column_named(first.fields.front())) {
        return {column::address, column::reason};
    }
    std::vector<std::optional<column>> columns;
    for (const auto& name : first.fields)
        columns.push_back(column_named(name));
    return columns;
}

void read_csv(std::string_view text, list_reader& list) {
    csv_reader rows(text, separator_of(text));
    std::vector<std::optional<column>> columns;
    while (auto row = rows.next()) {
        if (!row->mistake.empty()) {
            list.refuse(row->line, std::move(row->mistake));
            continue;
        }
        if (columns.empty()) {
            columns = columns_of(*row);
            if (std::ranges::find(columns, column::address) == columns.end()) {
                return list.refuse(
                    row->line, "has no column for addresses: address, email or EmailAddress"
                );
            }
            if (!read_subject(row->fields.front())) continue;
        }
        fields read;
        for (std::size_t i = 0; i < std::min(columns.size(), row->fields.size()); ++i) {
            const auto text_there = base::trimmed(row->fields[i], base::white_space);
            if (columns[i]) read.set(*columns[i], std::string(text_there));
        }
        list.add(row->line, read);
    }
}

// --- JSON

std::optional<json::value> parsed(std::string_view text) {
    boost::system::error_code wrong;
    auto value = json::parse(text, wrong);
    if (wrong) return std::nullopt;
    return value;
}

std::string text_in(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    if (value.is_double() && std::isfinite(value.get_double()) && value.get_double() >= 0 &&
        value.get_double() < 1e15) {
        return std::to_string(static_cast<std::uint64_t>(value.get_double()));
    }
    return {};
}

void read_element(const json::value& element, std::size_t number, list_reader& list) {
    if (!element.is_object()) return list.refuse(number, "is no JSON object");
    fields read;
    for (const auto& [name, value] : element.get_object()) {
        if (const auto known = column_named(name)) read.set(*known, text_in(value));
    }
    list.add(number, read);
}

// The elements of an answer such as {"Suppressions": [{…}, …], "TotalCount": 2}, or of an array.
const json::array* elements_of(const json::value& document) {
    if (document.is_array()) return &document.get_array();
    if (!document.is_object()) return nullptr;
    for (const auto& [name, value] : document.get_object()) {
        if (value.is_array()) return &value.get_array();
    }
    return nullptr;
}

void read_document(std::string_view text, list_reader& list) {
    if (text.size() > import_size_max / 4) {
        return list.refuse(1, "begins a JSON document that is too long; write one object a line");
    }
    const auto document = parsed(text);
    if (!document) return list.refuse(1, "begins no JSON");
    const auto* const elements = elements_of(*document);
    if (elements == nullptr) return read_element(*document, 1, list);
    std::size_t number = 0;
    for (const auto& each : *elements)
        read_element(each, ++number, list);
}

// An object on one line that has no list in it.
bool is_element(std::string_view line) {
    const auto value = parsed(line);
    return value && value->is_object() && elements_of(*value) == nullptr;
}

void read_json(std::string_view text, list_reader& list) {
    const auto first = base::trimmed_front(text, base::white_space);
    if (!is_element(first.substr(0, first.find('\n')))) return read_document(first, list);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto content = base::trimmed(line, base::white_space);
        if (content.empty()) continue;
        const auto element = parsed(content);
        if (element) {
            read_element(*element, number, list);
        } else {
            list.refuse(number, "is no JSON");
        }
    }
}

bool is_json(std::string_view text) {
    const auto begin = base::trimmed_front(text, base::white_space).substr(0, 1);
    // An address literal in brackets stands behind an @.
    return begin == "{" || begin == "[";
}

}  // namespace

import_result read_list(
    std::string_view text,
    list_format format,
    const import_defaults& defaults,
    const std::function<void(entry)>& take
) {
    list_reader list(defaults, take);
    if (text.size() > import_size_max) {
        list.refuse(
            1,
            "begins a list of more than " + std::to_string(import_size_max / 1024 / 1024) +
                " MiB; import it in pieces"
        );
    } else if (format == list_format::json || (format == list_format::automatic && is_json(text))) {
        read_json(text, list);
    } else {
        read_csv(text, list);
    }
    return std::move(list).result();
}

}  // namespace kurir::suppression
