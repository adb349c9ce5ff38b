#include "relay/log/line.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "relay/log/escape.hpp"

namespace kurir::log {
namespace {

constexpr std::array<std::string_view, 5> level_names{
    "debug", "info", "notice", "warning", "error"
};

// The status that Postfix has for an event.
std::string_view status_of(std::string_view event) {
    if (event == "delivered") return "sent";
    if (event == "deferred" || event == "bounced" || event == "discarded") return event;
    return "";
}

}  // namespace

void line::begin(
    format form,
    level severity,
    std::string_view name,
    base::sys_milliseconds time,
    const syslog_origin* origin
) {
    time_ = time;
    origin_ = origin;
    form_ = form;
    severity_ = severity;
    name_ = name;
    text_.clear();
    values_.clear();
    fields_.clear();
    const auto level_name = level_names[static_cast<std::size_t>(severity)];
    if (form_ == format::json) {
        text_ += R"({"ts":")";
        base::append_exact_utc(text_, time);
        text_.append(R"(","level":")").append(level_name);
        text_.append(R"(","event":")").append(name).append("\"");
    } else if (form_ == format::text) {
        base::append_exact_utc(text_, time);
        text_.append(" ").append(level_name).append(" ");
    }
}

void line::add_key(std::string_view key) {
    text_.append(",\"").append(key).append("\":");
}

void line::add_text(std::string_view key, std::string_view value) {
    if (form_ == format::json) {
        add_key(key);
        text_ += '"';
        append_escaped(text_, value, notation::json, text_max);
        text_ += '"';
        return;
    }
    const auto start = values_.size();
    append_escaped(values_, value, notation::text, text_max);
    fields_.push_back({key, start, values_.size() - start});
}

void line::add_bare(std::string_view key, std::string_view value) {
    if (form_ == format::json) {
        add_key(key);
        text_ += value;
        return;
    }
    fields_.push_back({key, values_.size(), value.size()});
    values_ += value;
}

std::string_view line::finish() {
    if (form_ == format::json) {
        text_ += '}';
        return text_;
    }
    disarm_values();
    if (form_ == format::postfix) {
        append_as_postfix();
    } else if (const auto status = status_of(name_); !status.empty()) {
        append_delivery(status);
    } else {
        text_ += name_;
        append_rest(" ");
    }
    return text_;
}

std::string_view line::value_of(const field& entry) const {
    return std::string_view(values_).substr(entry.start, entry.length);
}

std::string_view line::take(std::string_view key) {
    const auto found = std::ranges::find(fields_, key, &field::key);
    if (found == fields_.end()) return "";
    const auto value = value_of(*found);
    fields_.erase(found);
    return value;
}

bool line::is_key(std::string_view word) const {
    constexpr auto of_delivery =
        std::to_array<std::string_view>({"to", "relay", "delay", "dsn", "status"});
    constexpr auto of_postfix =
        std::to_array<std::string_view>({"client", "delays", "nrcpt", "proto", "sasl_username"});
    const auto holds = [&](const auto& keys) {
        return std::ranges::find(keys, word) != keys.end();
    };
    return holds(of_delivery) || (form_ == format::postfix && holds(of_postfix)) ||
           std::ranges::find(fields_, word, &field::key) != fields_.end();
}

bool line::imitates_field(std::string_view value) const {
    const auto in_key = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    for (auto sign = value.find('='); sign != std::string_view::npos;
         sign = value.find('=', sign + 1)) {
        auto begin = sign;
        while (begin > 0 && in_key(value[begin - 1]))
            --begin;
        if (is_key(value.substr(begin, sign - begin))) return true;
    }
    return false;
}

// Rewrites the values that imitate a field.
void line::disarm_values() {
    if (values_.find('=') == std::string::npos) return;
    for (auto& each : fields_) {
        const auto value = value_of(each);
        if (!imitates_field(value)) continue;
        std::string disarmed;
        for (const char c : value) {
            if (c == '=') {
                disarmed += R"(\x3d)";
            } else {
                disarmed += c;
            }
        }
        each = {each.key, values_.size(), disarmed.size()};
        values_ += disarmed;
    }
}

// Adds quotes unless the value is one word. Quotes in the value are escaped already.
void line::append_value(std::string_view value, std::string_view needs_quotes) {
    if (value.find_first_of(needs_quotes) == std::string_view::npos) {
        text_ += value;
    } else {
        text_.append("\"").append(value).append("\"");
    }
}

void line::append_delivery(std::string_view status) {
    constexpr std::string_view in_address = " ,<>()\\";
    text_.append(take("queue_id")).append(": to=<");
    append_value(take("to"), in_address);
    text_ += ">, relay=";
    const auto host = take("mx_host");
    const auto address = take("mx_ip");
    const auto port = take("port");
    if (host.empty() && address.empty()) {
        text_ += "none";
    } else {
        append_value(host, in_address);
        text_.append("[").append(address).append("]:").append(port);
    }
    text_.append(", delay=").append(take("delay_s")).append(", dsn=").append(take("enhanced"));
    text_.append(", status=").append(status).append(" (");
    const auto response = take("response");
    const bool disarmed = response.find(R"(\x3d)") != std::string_view::npos;
    append_value(response, disarmed ? " " : "");
    text_ += ')';
    append_rest(", ");
}

void line::append_as_postfix() {
    static const syslog_origin nobody;
    const auto& origin = origin_ == nullptr ? nobody : *origin_;
    std::vector<shown_field> shown;
    shown.reserve(fields_.size());
    for (const auto& each : fields_)
        shown.push_back({each.key, value_of(each)});
    append_postfix_lines(text_, {.name = name_, .time = time_, .fields = shown}, origin);
    if (!text_.empty()) return;
    append_syslog_prefix(text_, time_, origin, "kurir/" + std::string(name_));
    text_ += level_names[static_cast<std::size_t>(severity_)];
    append_rest(" ");
}

void line::append_rest(std::string_view between) {
    for (const auto& each : fields_) {
        text_.append(between).append(each.key).append("=");
        const auto value = value_of(each);
        if (value.empty()) text_ += R"("")";
        append_value(value, " =,\\");
    }
}

}  // namespace kurir::log
