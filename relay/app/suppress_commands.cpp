#include "relay/app/suppress_commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "relay/admin/query.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/text_table.hpp"
#include "relay/suppression/import.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr std::size_t page_of_list = 1000;
constexpr const char* suppressions_path = "/api/v1/suppressions";

std::vector<std::string> entry_row(const json::object& entry) {
    return {
        text_in(entry, "address"),
        text_in(entry, "tenant"),
        text_in(entry, "added_at"),
        text_in(entry, "expires_at"),
        text_in(entry, "origin"),
        text_in(entry, "added_by"),
        text_in(entry, "reason"),
    };
}

text_table entry_table() {
    return text_table({"ADDRESS", "TENANT", "ADDED", "UNTIL", "ORIGIN", "BY", "REASON"});
}

void print_entry(const json::object& entry, list_form form) {
    print_line({form == list_form::json ? json::serialize(entry) : text_in(entry, "address")});
}

// Appends a parameter that was given.
std::string with_text(std::string query, const std::string& name, const std::string& value) {
    return value.empty() ? query : with_parameter(std::move(query), name, value);
}

void tell_entry(const json::object& entry, const suppress_order& order, std::string_view done) {
    if (order.form == list_form::json) return print_entry(entry, order.form);
    const auto tenant = text_in(entry, "tenant");
    const auto until = text_in(entry, "expires_at");
    print_line(
        {done,
         ": ",
         text_in(entry, "address"),
         tenant.empty() ? "" : " of tenant ",
         tenant,
         until.empty() ? "" : " until ",
         until}
    );
}

// All of a file, or nothing after a complaint.
std::optional<std::string> text_of_file(const std::string& name) {
    const bool is_input = name == "-";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(
        is_input ? stdin : std::fopen(name.c_str(), "re"),
        [](std::FILE* file) { return file == stdin ? 0 : std::fclose(file); }
    );
    std::string text;
    std::array<char, 65536> piece{};
    while (opened != nullptr && text.size() <= suppression::import_size_max) {
        const auto got = std::fread(piece.data(), 1, piece.size(), opened.get());
        if (got == 0) break;
        text.append(piece.data(), got);
    }
    if (opened == nullptr || std::ferror(opened.get()) != 0) {
        complain_of_queue(name + " can't be read");
        return std::nullopt;
    }
    if (text.size() > suppression::import_size_max) {
        complain_of_queue(name + " has more than 64 MiB: divide it");
        return std::nullopt;
    }
    return text;
}

}  // namespace

int list_suppressions(const suppress_question& question) {
    auto table = entry_table();
    std::size_t count = 0;
    std::optional<std::string> next{""};
    while (next && (question.limit == 0 || count < question.limit)) {
        const auto room = question.limit == 0 ? page_of_list : question.limit - count;
        auto query = with_text(query_text(question.filter), "cursor", *next);
        query =
            with_parameter(std::move(query), "limit", std::to_string(std::min(room, page_of_list)));
        const auto page = ask_relay(question.relay, "GET", suppressions_path + query);
        if (page.status != EXIT_SUCCESS) return page.status;
        for (const auto& each : page.value.at("entries").as_array()) {
            const auto& entry = each.as_object();
            ++count;
            if (question.form == list_form::table) {
                table.add(entry_row(entry));
            } else {
                print_entry(entry, question.form);
            }
        }
        next.reset();
        if (page.value.contains("next")) next = text_in(page.value, "next");
    }
    if (!table.empty()) print_text(table.text());
    if (count == 0 && question.form == list_form::table) complain_of_queue("no entry matches");
    return count == 0 ? exit_nothing : EXIT_SUCCESS;
}

int add_suppressions(const suppress_order& order) {
    for (const auto& address : order.addresses) {
        const json::object body{
            {"address", address},
            {"tenant", order.tenant},
            {"reason", order.because},
            {"by", order.given_by},
            {"until", order.until},
            {"for", order.duration},
        };
        const auto added = ask_relay(order.relay, "POST", suppressions_path, json::serialize(body));
        if (added.status != EXIT_SUCCESS) return added.status;
        tell_entry(added.value, order, "added");
    }
    return EXIT_SUCCESS;
}

int remove_suppressions(const suppress_order& order) {
    int status = EXIT_SUCCESS;
    for (const auto& address : order.addresses) {
        auto query = with_text("", "tenant", order.tenant);
        query =
            with_text(with_text(std::move(query), "by", order.given_by), "because", order.because);
        const auto target = suppressions_path + ('/' + admin::encoded(address)) + query;
        const auto removed = ask_relay(order.relay, "DELETE", target);
        if (removed.status == exit_nothing) {
            status = exit_nothing;  // the others go on
        } else if (removed.status != EXIT_SUCCESS) {
            return removed.status;
        } else {
            tell_entry(removed.value, order, "removed");
        }
    }
    return status;
}

int import_suppressions(const suppress_order& order) {
    auto text = text_of_file(order.file);
    if (!text) return exit_usage;
    auto query = with_text("", "format", order.format);
    query = with_text(std::move(query), "tenant", order.tenant);
    query = with_text(std::move(query), "reason", order.because);
    query = with_text(std::move(query), "by", order.given_by);
    query = with_text(std::move(query), "until", order.until);
    query = with_text(std::move(query), "for", order.duration);
    if (order.dry_run) query = with_parameter(std::move(query), "dry_run", "true");
    const auto report =
        ask_relay(order.relay, "POST", "/api/v1/suppression-imports" + query, std::move(*text));
    if (report.status != EXIT_SUCCESS) return report.status;
    if (order.form == list_form::json) {
        print_line({json::serialize(report.value)});
    } else {
        print_line(
            {order.dry_run ? "would be added: " : "added: ",
             count_in(report.value, "added"),
             ", replaced: ",
             count_in(report.value, "replaced"),
             ", as they were: ",
             count_in(report.value, "unchanged"),
             ", unreadable: ",
             count_in(report.value, "bad")}
        );
    }
    for (const auto& each : report.value.at("mistakes").as_array()) {
        const auto& mistake = each.as_object();
        complain_of_queue("line " + count_in(mistake, "line") + ' ' + text_in(mistake, "what"));
    }
    const auto read = number_in(report.value, "added") + number_in(report.value, "replaced") +
                      number_in(report.value, "unchanged");
    return read == 0 ? exit_nothing : EXIT_SUCCESS;
}

int export_suppressions(const suppress_question& question) {
    const std::string format = question.form == list_form::json ? "json" : "csv";
    std::optional<std::string> next{""};
    while (next) {
        auto query = with_text(with_parameter("", "format", format), "cursor", *next);
        const auto piece = ask_relay(question.relay, "GET", "/api/v1/suppression-export" + query);
        if (piece.status != EXIT_SUCCESS) return piece.status;
        print_text(text_in(piece.value, "text"));
        next.reset();
        if (piece.value.contains("next")) next = text_in(piece.value, "next");
    }
    return EXIT_SUCCESS;
}

}  // namespace kurir::app
