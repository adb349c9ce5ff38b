#include "relay/users/stored_secret.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "relay/base/text.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/prepare.hpp"

namespace kurir::users {

namespace {

using outcome = std::variant<stored_secret, std::string>;

// Digits of crypt(5): what its hashes and salts are written in.
bool is_digit_of_crypt(char c) {
    return base::is_alphanumeric(c) || c == '.' || c == '/';
}

bool is_written_in_digits(std::string_view text, std::size_t size) {
    return text.size() == size && std::ranges::all_of(text, is_digit_of_crypt);
}

constexpr const char* damaged = "the hash is cut off or damaged";
constexpr const char* too_dear =
    "a check of this hash would take seconds; make one that costs less";

// $2b$12$ and 53 digits. A check doubles with each step of the cost: 15 takes two seconds.
std::string mistake_of_bcrypt(std::string_view text) {
    constexpr unsigned cost_max = 15;
    const auto cost = text.size() > 7 && text[6] == '$'
                          ? base::parse_number<unsigned>(text.substr(4, 2))
                          : std::nullopt;
    if (!cost || *cost < 4 || !is_written_in_digits(text.substr(7), 53)) return damaged;
    return *cost > cost_max ? too_dear : "";
}

// $6$SALT$HASH or $6$rounds=5000$SALT$HASH
std::string mistake_of_sha_crypt(std::string_view text, std::size_t hash_size) {
    constexpr unsigned rounds_max = 1'000'000;
    constexpr std::string_view rounds_are = "rounds=";
    auto rest = text.substr(3);
    if (rest.starts_with(rounds_are)) {
        rest.remove_prefix(rounds_are.size());
        const auto end = rest.find('$');
        const auto rounds =
            end == rest.npos ? std::nullopt : base::parse_number<unsigned>(rest.substr(0, end));
        if (!rounds) return damaged;
        if (*rounds > rounds_max) return too_dear;
        rest.remove_prefix(end + 1);
    }
    const auto end = rest.find('$');
    if (end > 16) return damaged;  // or not found
    return is_written_in_digits(rest.substr(end + 1), hash_size) ? "" : damaged;
}

// $y$PARAMETERS$SALT$HASH. Of the parameters: the flavour j, then a digit for the memory, 9 being
// 16 MiB, each following one twice as much.
std::string mistake_of_yescrypt(std::string_view text) {
    constexpr std::string_view memory_digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    auto rest = text.substr(3);
    const auto parameters = rest.substr(0, rest.find('$'));
    rest.remove_prefix(std::min(parameters.size() + 1, rest.size()));
    const auto salt = rest.substr(0, rest.find('$'));
    rest.remove_prefix(std::min(salt.size() + 1, rest.size()));
    if (parameters.size() < 2 || !std::ranges::all_of(parameters, is_digit_of_crypt) ||
        !std::ranges::all_of(salt, is_digit_of_crypt) || !is_written_in_digits(rest, 43)) {
        return damaged;
    }
    // Other flavours, and a time, are of another's making: what they cost is not known.
    if (parameters[0] != 'j' || parameters.size() != 3) {
        return "yescrypt with these parameters is not known; use those of mkpasswd";
    }
    const bool fits = memory_digits.find(parameters[1]) <= memory_digits.find('B') &&
                      memory_digits.find(parameters[2]) <= memory_digits.find('T');
    return fits ? "" : too_dear;
}

outcome read_crypt(std::string_view text) {
    std::string mistake;
    if (text.starts_with("$y$")) {
        mistake = mistake_of_yescrypt(text);
    } else if (text.starts_with("$2b$") || text.starts_with("$2y$") || text.starts_with("$2a$")) {
        mistake = mistake_of_bcrypt(text);
    } else if (text.starts_with("$6$")) {
        mistake = mistake_of_sha_crypt(text, 86);
    } else if (text.starts_with("$5$")) {
        mistake = mistake_of_sha_crypt(text, 43);
    } else {
        mistake = "this kind of hash is not known";
    }
    if (!mistake.empty()) return mistake;
    return stored_secret(crypt_hash{std::string(text)});
}

// 4096:SALT$STOREDKEY:SERVERKEY
outcome read_scram(std::string_view text) {
    std::array<std::string_view, 4> parts;
    constexpr std::string_view separators = ":$:";
    for (std::size_t i = 0; i < separators.size(); ++i) {
        const auto end = text.find(separators[i]);
        if (end == text.npos) return "this is not iterations:salt$stored:server";
        parts[i] = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    parts[3] = text;
    const auto iterations = sasl::read_scram_iterations(parts[0]);
    if (!iterations) {
        return "the iterations are not from " + std::to_string(sasl::scram_iterations_min) +
               " to " + std::to_string(sasl::scram_iterations_max);
    }
    auto salt = sasl::decode_base64(parts[1]);
    auto stored = sasl::decode_base64(parts[2]);
    auto server = sasl::decode_base64(parts[3]);
    if (!salt || salt->empty() || salt->size() > sasl::scram_salt_size_max || !stored ||
        stored->size() != sasl::sha256_size || !server || server->size() != sasl::sha256_size) {
        return "the keys are cut off or damaged";
    }
    return stored_secret(sasl::scram_keys{
        .salt = std::move(*salt),
        .iterations = *iterations,
        .stored_key = std::move(*stored),
        .server_key = std::move(*server),
    });
}

outcome read_plain(std::string_view text, users_source source) {
    if (source == users_source::variable) return "a password as it is may only be in a file";
    if (text.empty() || text.size() > sasl::password_size_max || text.find('\0') != text.npos) {
        return "the password is empty, too long, or has a NUL in it";
    }
    return stored_secret(sasl::secret(std::string(text)));
}

}  // namespace

outcome read_secret(std::string_view text, users_source source) {
    for (const std::string_view scram : {"{SCRAM-SHA-256}", "SCRAM-SHA-256$"})
        if (text.starts_with(scram)) return read_scram(text.substr(scram.size()));
    constexpr std::string_view plain = "{PLAIN}";
    if (text.starts_with(plain)) return read_plain(text.substr(plain.size()), source);
    if (text.starts_with('$')) return read_crypt(text);
    if (text.empty()) return "there is no hash";
    if (text.find('$') == text.npos && text.find('{') == text.npos) {
        return "this is not a hash; make one with kurir hash-password";
    }
    return "this kind of hash is not known (in a Compose file, each $ is written $$)";
}

std::string cost_of(const stored_secret& stored) {
    if (std::holds_alternative<sasl::secret>(stored)) return "plain";
    if (const auto* keys = std::get_if<sasl::scram_keys>(&stored)) {
        return "scram " + std::to_string(keys->iterations);
    }
    const std::string_view text = std::get<crypt_hash>(stored).text;
    if (text.starts_with("$2")) return "bcrypt " + std::string(text.substr(4, 2));
    const auto second = text.substr(3, text.find('$', 3) - 3);
    const bool has_cost = text.starts_with("$y$") || second.starts_with("rounds=");
    return std::string(text.substr(0, 3)) + (has_cost ? std::string(second) : "");
}

}  // namespace kurir::users
