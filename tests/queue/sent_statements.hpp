// The statements that a version of the program sends to PostgreSQL: as its sources have them, and
// as a file in tests/queue/statements keeps them when those sources are gone.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct sent_statement {
    std::string name;
    std::string types = {};  // of its parameters and results: "(uuid, bigint) -> (bytea)"
    std::string text;

    bool operator==(const sent_statement&) const = default;
};

// Those in the sources of a folder like queue/postgres, without types.
std::vector<sent_statement> statements_in(const std::filesystem::path& sources);

// The newest migration of such a folder.
int schema_version_in(const std::filesystem::path& sources);

// A record, and what one says.
std::string record_of(const std::vector<sent_statement>& sent);
std::vector<sent_statement> read_record(const std::filesystem::path& file);

// The types of the parameters that the text of `types` names.
std::vector<std::string> parameter_types(std::string_view types);

}  // namespace tests
