#include "relay/config/settings_login.hpp"

#include <string_view>

#include "relay/config/kinds.hpp"

namespace kurir::config {

namespace {

kind<user_list> users() {
    return {
        .type = "users",
        .range = "name:$y$…, name:$2b$…, name:$6$…, name:{SCRAM-SHA-256}… …",
        .read = read_users,
        .show = [](const user_list& list) { return list.text; },
    };
}

}  // namespace

std::vector<setting> settings_of_logins() {
    return {
        with_file(
            secret(row(
                {"KURIR_USERS",
                 "",
                 "Who may log in: name:hash, separated by commas, spaces or lines; in a file one a "
                 "line, with # for comments. kurir hash-password makes them. A client that has "
                 "logged in may send to any address. See \"Passwords\".",
                 at_reload},
                &config::users,
                users()
            )),
            &config::users,
            read_users_file
        ),
        row({"KURIR_AUTH_INSECURE",
             "off",
             "on: passwords may be sent without TLS, where whoever can listen learns them."},
            &config::auth_insecure,
            on_or_off()),
    };
}

}  // namespace kurir::config
