#include "queue/postgres/parameters.hpp"

#include "queue/record.hpp"

namespace kurir::queue::postgres {

namespace {

// Object ids of built-in types, which never change (pg_type.dat).
constexpr std::uint32_t boolean_type = 16;
constexpr std::uint32_t bytea_type = 17;
constexpr std::uint32_t bigint_type = 20;
constexpr std::uint32_t uuid_type = 2950;

}  // namespace

parameters& parameters::number(std::int64_t value) {
    field_writer(values_.emplace_back()).fixed(static_cast<std::uint64_t>(value));
    return *this;
}

parameters& parameters::bytes(std::string_view value) {
    values_.emplace_back(value);
    return *this;
}

// An array has the number of its dimensions, a flag for nulls, the type of its elements, and for
// each dimension its size and lower bound; then come the elements, each with its length
// (array_recv in PostgreSQL's arrayfuncs.c).
template <class Values, class Write>
parameters& parameters::array(std::uint32_t element_type, const Values& values, Write write) {
    field_writer out(values_.emplace_back());
    const std::uint32_t dimensions = values.empty() ? 0 : 1;
    out.fixed(dimensions);
    out.fixed(std::uint32_t(0));
    out.fixed(element_type);
    if (values.empty()) return *this;
    out.fixed(static_cast<std::uint32_t>(values.size()));
    out.fixed(std::uint32_t(1));
    for (const auto& each : values)
        write(out, each);
    return *this;
}

parameters& parameters::numbers(const std::vector<std::int64_t>& values) {
    return array(bigint_type, values, [](field_writer& out, std::int64_t value) {
        out.fixed(static_cast<std::uint32_t>(sizeof value));
        out.fixed(static_cast<std::uint64_t>(value));
    });
}

parameters& parameters::flags(const std::vector<bool>& values) {
    return array(boolean_type, values, [](field_writer& out, bool value) {
        out.fixed(std::uint32_t(1));
        out.byte(value ? 1 : 0);
    });
}

parameters& parameters::strings(
    std::uint32_t element_type, const std::vector<std::string>& values
) {
    return array(element_type, values, [](field_writer& out, const std::string& value) {
        out.fixed(static_cast<std::uint32_t>(value.size()));
        out.bytes(value);
    });
}

parameters& parameters::byte_strings(const std::vector<std::string>& values) {
    return strings(bytea_type, values);
}

parameters& parameters::uuids(const std::vector<std::string>& values) {
    return strings(uuid_type, values);
}

}  // namespace kurir::queue::postgres
