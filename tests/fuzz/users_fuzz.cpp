// Tables of users, from a file and from a variable: each is read whole, or every mistake tells
// its line, or its place in a list on one line. What can be read may be checked, so its cost is
// bounded.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/users/stored_secret.hpp"
#include "relay/users/user_table.hpp"

namespace {

using namespace kurir::users;

void check(std::string_view text, users_source source) {
    const auto read = parse_users(text, source);
    if (const auto* mistakes = std::get_if<std::vector<std::string>>(&read)) {
        assert(!mistakes->empty());
        const bool of_list = source == users_source::variable && text.find('\n') == text.npos;
        for (const auto& mistake : *mistakes) {
            assert(mistake.starts_with(of_list ? "user " : "line "));
            assert(mistake.find(": ") != mistake.npos);
        }
        return;
    }
    const auto& table = *std::get<std::shared_ptr<const user_table>>(read);
    const auto* typical = table.typical();
    assert((typical == nullptr) == (table.size() == 0));
    if (typical == nullptr) return;
    assert(table.find(typical->name) == typical);
    assert(typical->line.starts_with(typical->name + ':'));
    assert(!cost_of(typical->stored).empty());
    const bool has_keys = std::holds_alternative<kurir::sasl::scram_keys>(typical->stored);
    assert(has_keys || !table.all_have_keys());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input, users_source::file);
    check(input, users_source::variable);
    return 0;
}
