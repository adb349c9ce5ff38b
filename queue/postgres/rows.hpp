// The rows that a statement returned, in PostgreSQL's binary format.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace kurir::queue::postgres {

class rows {
public:
    rows() = default;
    // Takes ownership.
    explicit rows(PGresult* result) : result_(result) {}

    std::size_t size() const noexcept;

    // The value in a row and a column, both from zero. Zero, empty or false if it is null, or has
    // another size than the type: a row is what our own statement asked for.
    std::int64_t number(std::size_t row, int column) const noexcept;  // bigint
    std::string_view bytes(std::size_t row, int column) const noexcept;
    bool flag(std::size_t row, int column) const noexcept;

private:
    struct clear {
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };
    std::unique_ptr<PGresult, clear> result_;
};

}  // namespace kurir::queue::postgres
