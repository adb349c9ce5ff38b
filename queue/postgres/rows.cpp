#include "queue/postgres/rows.hpp"

#include "queue/record.hpp"

namespace kurir::queue::postgres {

std::size_t rows::size() const noexcept {
    return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::string_view rows::bytes(std::size_t row, int column) const noexcept {
    const auto at = static_cast<int>(row);
    if (!result_ || PQgetisnull(result_.get(), at, column) != 0) return {};
    return {
        PQgetvalue(result_.get(), at, column),
        static_cast<std::size_t>(PQgetlength(result_.get(), at, column))
    };
}

std::int64_t rows::number(std::size_t row, int column) const noexcept {
    const auto value = bytes(row, column);
    if (value.size() != sizeof(std::int64_t)) return 0;
    std::uint64_t number = 0;
    for (const char each : value)
        number = number << 8 | static_cast<std::uint8_t>(each);
    return static_cast<std::int64_t>(number);
}

bool rows::flag(std::size_t row, int column) const noexcept {
    const auto value = bytes(row, column);
    return value.size() == 1 && value.front() != 0;
}

}  // namespace kurir::queue::postgres
