// KURIR_USERS: who may log in, as it was given and as a table. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::users {
class user_table;
}

namespace kurir::config {

struct user_list {
    std::string text = {};                                     // as it was given: a secret
    std::shared_ptr<const users::user_table> table = nullptr;  // null: it was not given

    // True if it was given, even if it names nobody so far.
    bool given() const noexcept { return table != nullptr; }
};

// Both read it, or return what is wrong with it, as the end of a sentence with the number of each
// bad line. Nothing of a secret is quoted. What may stand in a file: see `users::users_source`.
std::optional<std::string> read_users(std::string_view text, user_list& value);
std::optional<std::string> read_users_file(std::string_view text, user_list& value);

// True if somebody could log in without TLS although passwords are not shown in clear.
bool may_log_in_unseen(const user_list& users);

}  // namespace kurir::config
