// Who may log in: names, each with what its password is checked by. Pure.
//
// One user a line, `name:secret`, where the secret is one of
//
//   $y$... $2b$... $2y$... $2a$... $6$... $5$...     a hash of crypt(5)
//   {SCRAM-SHA-256}4096:SALT$STOREDKEY:SERVERKEY     RFC 5803; as PostgreSQL writes it, too
//   {PLAIN}password                                  only from a file
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "relay/sasl/scram.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::users {

struct crypt_hash {
    std::string text;
};
using stored_secret = std::variant<crypt_hash, sasl::scram_keys, sasl::secret>;

struct user {
    std::string name;
    std::string line;  // as it was read: a change of it is a change of the password
    stored_secret stored;
};

class user_table {
public:
    user_table() = default;
    explicit user_table(std::vector<user> users);

    // Null for a name that is unknown. Names are compared byte for byte.
    const user* find(const std::string& name) const;

    // Somebody whose password takes as long to check as most do; null if there is nobody.
    const user* typical() const noexcept { return typical_; }

    // SCRAM is possible for everybody. A client takes it where it is offered, before anybody knows
    // who the client is, so somebody without keys could not log in.
    bool all_have_keys() const noexcept { return all_have_keys_; }

    std::vector<std::string> names() const;  // in order of the alphabet

    std::size_t size() const noexcept { return by_name_.size(); }

private:
    std::unordered_map<std::string, user> by_name_;
    const user* typical_ = nullptr;
    bool all_have_keys_ = false;
};

// Where the lines come from.
enum class users_source {
    variable,  // lines or a list with commas and spaces; no {PLAIN}, for a variable is easily seen
    file,      // lines; empty ones and comments (#) are skipped
};

// The table, or a sentence for each mistake with the number of its line, or of its user in a list
// on one line. Nothing of a secret is quoted. Can't be copied, because the table points into
// itself.
using read_users = std::variant<std::shared_ptr<const user_table>, std::vector<std::string>>;
read_users parse_users(std::string_view text, users_source source);

}  // namespace kurir::users
