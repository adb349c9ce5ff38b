#include "queue/postgres/database_url.hpp"

#include <libpq-fe.h>

#include <utility>

#include "queue/postgres/connection_parameters.hpp"

namespace kurir::queue::postgres {

namespace {

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0;;) {
        const auto comma = text.find(',', begin);
        parts.push_back(text.substr(begin, comma - begin));
        if (comma == std::string::npos) return parts;
        begin = comma + 1;
    }
}

// One port may stand for all hosts.
std::string hosts_of(const std::string& hosts, const std::string& ports) {
    const auto names = split_at_commas(hosts);
    const auto numbers = split_at_commas(ports);
    std::string all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto& port = numbers[i < numbers.size() ? i : numbers.size() - 1];
        if (!all.empty()) all += ",";
        all += names[i] + (port.empty() ? "" : ":" + port);
    }
    return all;
}

}  // namespace

answer<database_url> database_url::parse(const std::string& text) {
    auto* const parsed = PQconninfoParse(text.c_str(), nullptr);
    if (parsed == nullptr) {
        return sql_error{
            trouble::refused,
            {},
            "libpq does not understand the URL: are special characters of user and password "
            "percent-encoded, and all parameters known?"
        };
    }
    database_url made;
    auto given = connection_parameters(parsed);
    for (const auto* secret : {"password", "sslpassword"}) {
        if (!given[secret].empty()) made.secrets_.push_back(given[secret]);
    }
    made.place_ = "the database " + given["dbname"];
    if (const auto& hosts = given["host"].empty() ? given["hostaddr"] : given["host"];
        !hosts.empty()) {
        made.place_ += " at " + hosts_of(hosts, given["port"]);
    }
    if (!given["user"].empty()) made.place_ += " as " + given["user"];
    return made;
}

std::string database_url::without_secrets(std::string message) const {
    for (const auto& secret : secrets_) {
        for (auto at = message.find(secret); at != std::string::npos;
             at = message.find(secret, at + 3)) {
            message.replace(at, secret.size(), "***");
        }
    }
    return message;
}

}  // namespace kurir::queue::postgres
