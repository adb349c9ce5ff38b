#include "relay/app/admin_token_command.hpp"

#include <cstdio>
#include <cstdlib>

#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"
#include "relay/base/hexadecimal.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/users/admin_tokens.hpp"

namespace kurir::app {

namespace {

constexpr std::size_t token_bytes = 32;

}  // namespace

int make_admin_token(const std::string& name, const std::string& rights) {
    const auto token = base::in_hexadecimal(sasl::random_bytes(token_bytes));
    const auto line = name + ' ' + rights + " sha256:" + base::in_hexadecimal(sasl::sha256(token));
    users::admin_tokens trial;
    if (const auto wrong = trial.add(line)) {
        std::fputs(("kurir admin-token: the line '" + line + "' " + *wrong + '\n').c_str(), stderr);
        return exit_usage;
    }
    print_line({"# a line of KURIR_ADMIN_TOKEN_FILE"});
    print_line({line});
    print_line({"# the token, which is not shown again"});
    print_line({token});
    return EXIT_SUCCESS;
}

}  // namespace kurir::app
