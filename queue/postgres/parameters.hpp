// The parameters of one statement, in PostgreSQL's binary format.
//
// Statements name the types (`$1::bigint[]`), so that they don't depend on how values look. Bytes
// from outside are always `bytea`: a text can have neither NUL nor anything that is not UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::queue::postgres {

class parameters {
public:
    parameters& number(std::int64_t value);                            // bigint
    parameters& bytes(std::string_view value);                         // bytea, uuid
    parameters& numbers(const std::vector<std::int64_t>& values);      // bigint[]
    parameters& flags(const std::vector<bool>& values);                // boolean[]
    parameters& byte_strings(const std::vector<std::string>& values);  // bytea[]
    parameters& uuids(const std::vector<std::string>& values);         // uuid[], 16 bytes each

    const std::vector<std::string>& values() const noexcept { return values_; }

private:
    template <class Values, class Write>
    parameters& array(std::uint32_t element_type, const Values& values, Write write);
    parameters& strings(std::uint32_t element_type, const std::vector<std::string>& values);

    std::vector<std::string> values_;
};

}  // namespace kurir::queue::postgres
