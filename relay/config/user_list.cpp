#include "relay/config/user_list.hpp"

#include <utility>
#include <variant>

#include "relay/users/user_table.hpp"

namespace kurir::config {

namespace {

std::optional<std::string> read(
    std::string_view text, users::users_source source, user_list& value
) {
    auto found = users::parse_users(text, source);
    if (const auto* mistakes = std::get_if<std::vector<std::string>>(&found)) {
        std::string all = mistakes->size() == 1 ? "has a mistake: " : "has mistakes: ";
        constexpr std::size_t told_max = 10;
        for (std::size_t at = 0; at < mistakes->size(); ++at) {
            if (at == told_max) return all + "; and so on";
            all += (at == 0 ? "" : "; ") + (*mistakes)[at];
        }
        return all;
    }
    value.text = text;
    value.table = std::get<std::shared_ptr<const users::user_table>>(std::move(found));
    return std::nullopt;
}

}  // namespace

std::optional<std::string> read_users(std::string_view text, user_list& value) {
    return read(text, users::users_source::variable, value);
}

std::optional<std::string> read_users_file(std::string_view text, user_list& value) {
    return read(text, users::users_source::file, value);
}

bool may_log_in_unseen(const user_list& users) {
    return users.given() && users.table->all_have_keys();
}

}  // namespace kurir::config
