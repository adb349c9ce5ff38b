#include "relay/sasl/prepare.hpp"

#include <stringprep.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"

namespace kurir::sasl {

namespace {

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

}  // namespace

std::optional<std::string> prepare_password(std::string_view password) {
    if (password.empty() || password.size() > password_size_max) return std::nullopt;
    if (std::ranges::all_of(password, is_printable)) return std::string(password);
    // Libidn reads to the first NUL, and does not expect what is not UTF-8.
    if (password.find('\0') != password.npos || !base::is_utf8(password)) return std::nullopt;
    char* made = nullptr;
    const auto result = stringprep_profile(
        std::string(password).c_str(), &made, "SASLprep", static_cast<Stringprep_profile_flags>(0)
    );
    const std::unique_ptr<char, decltype(&std::free)> owned(made, std::free);
    if (result != STRINGPREP_OK || *made == '\0') return std::nullopt;
    return std::string(made);
}

}  // namespace kurir::sasl
