// What the URL of a database says, for people: never with a password.
#pragma once

#include <string>
#include <vector>

#include "queue/postgres/sql_error.hpp"

namespace kurir::queue::postgres {

class database_url {
public:
    // As libpq reads it. The error does not repeat the text, any part of which may be a password
    // that was written without percent-encoding.
    static answer<database_url> parse(const std::string& text);

    // Who connects to what, such as "the database kurir at db1:5432,db2:5432 as kurir".
    const std::string& place() const noexcept { return place_; }

    // A message of libpq in which no password stands.
    std::string without_secrets(std::string message) const;

private:
    std::string place_;
    std::vector<std::string> secrets_;
};

}  // namespace kurir::queue::postgres
