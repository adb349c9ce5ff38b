#include "relay/app/hash_password.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/app/command_line.hpp"
#include "relay/sasl/prepare.hpp"
#include "relay/sasl/secret.hpp"
#include "relay/users/hash_password.hpp"
#include "relay/users/user_table.hpp"

namespace kurir::app {

namespace {

using sasl::secret;

void complain_of_password(std::string_view why) {
    std::fprintf(stderr, "kurir hash-password: %.*s\n", static_cast<int>(why.size()), why.data());
}

// The terminal on standard input shows nothing during its lifetime.
class no_echo {
public:
    no_echo() : changed_(tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (!changed_) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~no_echo() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    no_echo(const no_echo&) = delete;
    no_echo& operator=(const no_echo&) = delete;

private:
    termios before_{};
    bool changed_;
};

// The next line, without its end; nothing at the end of the input. Longer than any password, it is
// cut off where that is seen.
std::optional<secret> read_line() {
    std::string text;
    text.reserve(sasl::password_size_max + 2);  // so that no copy stays behind
    bool any = false;
    for (char c = 0; text.size() <= sasl::password_size_max && read(STDIN_FILENO, &c, 1) == 1;) {
        any = true;
        if (c == '\n') break;
        text += c;
    }
    if (text.ends_with('\r')) text.pop_back();
    if (!any) return std::nullopt;
    return secret(std::move(text));
}

std::optional<secret> ask() {
    const no_echo silence;
    std::fputs("Password: ", stderr);
    auto first = read_line();
    if (!first) return std::nullopt;
    std::fputs("Again: ", stderr);
    const auto second = read_line();
    if (second && second->text() == first->text()) return first;
    complain_of_password("the two differ");
    return std::nullopt;
}

// Whether a line with this name and secret is one that can be read.
bool can_be_read(const std::string& line) {
    const auto read = users::parse_users(line, users::users_source::file);
    return std::holds_alternative<std::shared_ptr<const users::user_table>>(read);
}

}  // namespace

int hash_password(const std::string& name, bool for_scram) {
    const bool asked = isatty(STDIN_FILENO) != 0;
    const auto password = asked ? ask() : read_line();
    if (!password || password->empty()) {
        if (!asked) complain_of_password("there is no password on standard input");
        return EXIT_FAILURE;
    }
    const auto hash = for_scram ? users::hash_for_scram(password->text())
                                : users::hash_by_yescrypt(password->text());
    if (!hash) {
        complain_of_password(
            for_scram ? "SCRAM can't use this password: too long, not UTF-8, or with characters "
                        "that RFC 4013 forbids"
                      : "this password is too long, or has a NUL in it"
        );
        return EXIT_FAILURE;
    }
    const auto line = (name.empty() ? "name" : name) + ':' + *hash;
    if (!can_be_read(line)) {
        complain_of_password(
            "this is no name for a user: a colon, a space or a control character in it"
        );
        return exit_usage;
    }
    std::puts((name.empty() ? *hash : line).c_str());
    return EXIT_SUCCESS;
}

}  // namespace kurir::app
