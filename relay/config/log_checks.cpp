#include "relay/config/log_checks.hpp"

#include <algorithm>

#include "relay/config/config.hpp"

namespace kurir::config {

namespace {

constexpr std::size_t key_size_min = 16;
constexpr std::size_t key_size_max = 1024;

}  // namespace

kind<std::string> redaction_key() {
    return {
        .type = "secret",
        .range = "one line, 16 bytes or more",
        .read = [](std::string_view text, std::string& value) -> problem {
            if (text.size() < key_size_min) return "is shorter than 16 bytes";
            if (text.size() > key_size_max) return "is too long";
            const auto is_control = [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; };
            if (std::ranges::any_of(text, is_control)) {
                return "has a line end or another control character";
            }
            value = text;
            return std::nullopt;
        },
        .show = [](const std::string& value) { return value; },
    };
}

void check_log(const config& config, problems& found) {
    if (config.log_redact == log_redaction::hash && config.log_redact_key.empty()) {
        found.emplace_back(
            "KURIR_LOG_REDACT=hash needs KURIR_LOG_REDACT_KEY or KURIR_LOG_REDACT_KEY_FILE: "
            "without "
            "a secret key, whoever has the log could try addresses until a hash is right"
        );
    }
}

void warn_about_log(const config& config, std::vector<std::string>& warnings) {
    if (config.log_redact != log_redaction::hash && !config.log_redact_key.empty()) {
        warnings.emplace_back("KURIR_LOG_REDACT_KEY is set, but only KURIR_LOG_REDACT=hash uses it"
        );
    }
}

}  // namespace kurir::config
