#include "queue/postgres/sql_error.hpp"

#include <algorithm>
#include <stdexcept>

namespace kurir::queue::postgres {

trouble trouble_of(std::string_view state) noexcept {
    using std::string_view_literals::operator""sv;
    const auto kind = state.substr(0, 2);
    if (state == "40001"sv || state == "40P01"sv || state == "55P03"sv) return trouble::conflict;
    // A statement that takes longer than `statement_timeout`, a disk that can't be read.
    if (state == "57014"sv || kind == "58"sv) return trouble::failing;
    if (kind == "53"sv && state != "53300"sv) return trouble::full;
    // A read-only server is one that has been replaced as the primary: another one is looked for.
    // 25P03: we were stopped in the middle of a transaction. 40003: the server does not know itself
    // whether it took effect (CockroachDB says so), which is what a lost connection leaves, too.
    const bool gone = kind == "08"sv || kind == "57"sv || state == "25006"sv ||
                      state == "25P03"sv || state == "40003"sv || state == "53300"sv;
    return gone ? trouble::disconnected : trouble::refused;
}

errc errc_of(const sql_error& error) noexcept {
    switch (error.kind) {
        case trouble::disconnected:
            return errc::closed;
        case trouble::full:
            return errc::full;
        case trouble::conflict:
        case trouble::failing:
        case trouble::refused:
            break;
    }
    return errc::failed;
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' '
    );
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

void throw_exception_from_error(const sql_error& error, const boost::source_location&) {
    throw std::runtime_error(error.text);
}

}  // namespace kurir::queue::postgres
