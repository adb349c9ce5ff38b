#include "relay/control/suspension_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <utility>

#include "relay/admin/json_fields.hpp"

namespace kurir::control {

namespace json = boost::json;
using outbound::operator_suspension;

namespace {

constexpr int record_version = 1;

std::int64_t milliseconds_of(queue::calendar_time time) {
    return time.time_since_epoch().count();
}

// Beyond it sums of times would not fit into their types.
constexpr queue::calendar_time last_time{std::chrono::sys_days(std::chrono::year(9999) / 12 / 31)};

bool is_time(queue::calendar_time time) {
    return time >= queue::calendar_time() && time <= last_time;
}

queue::calendar_time time_in(const json::object& all, std::string_view name) {
    return queue::calendar_time(std::chrono::milliseconds(admin::number_in(all, name)));
}

json::object object_with(const operator_suspension& suspension) {
    return {
        {"number", suspension.number},
        {"subject", outbound::text_of(suspension.subject)},
        {"pattern", suspension.pattern},
        {"by", suspension.operator_name},
        {"because", suspension.reason},
        {"since_ms", milliseconds_of(suspension.since)},
        {"until_ms", milliseconds_of(suspension.until)},
    };
}

std::optional<operator_suspension> suspension_in(const json::value& value) {
    const auto* all = value.if_object();
    if (all == nullptr) return std::nullopt;
    for (const auto& [name, field] : *all) {
        const bool is_known = name == "number" || name == "pattern" || name == "by" ||
                              name == "because" || name == "since_ms" || name == "until_ms" ||
                              name == "subject";
        if (!is_known || !(field.is_string() || field.is_number())) return std::nullopt;
    }
    const auto subject = outbound::suspension_subject_named(admin::text_in(*all, "subject"));
    const auto number = admin::number_in(*all, "number");
    operator_suspension made{
        .number = static_cast<std::uint64_t>(number),
        .pattern = admin::text_in(*all, "pattern"),
        .operator_name = admin::text_in(*all, "by"),
        .reason = admin::text_in(*all, "because"),
        .since = time_in(*all, "since_ms"),
        .until = time_in(*all, "until_ms"),
    };
    if (!subject || number <= 0 || made.pattern.empty()) return std::nullopt;
    if (!is_time(made.since) || !is_time(made.until)) return std::nullopt;
    made.subject = *subject;
    return made;
}

}  // namespace

std::string text_of(const suspension_record& record) {
    json::array all;
    for (const auto& each : record.all)
        all.push_back(object_with(each));
    const json::object whole{
        {"version", record_version},
        {"last", record.last},
        {"suspensions", std::move(all)},
    };
    return json::serialize(whole) + '\n';
}

std::optional<suspension_record> read_suspension_record(std::string_view text) {
    const auto whole = admin::object_of(text);
    if (!whole || admin::number_in(*whole, "version") != record_version) return std::nullopt;
    const auto* all = whole->if_contains("suspensions");
    if (all == nullptr || !all->is_array()) return std::nullopt;
    suspension_record record{
        .last = static_cast<std::uint64_t>(admin::number_in(*whole, "last")),
    };
    for (const auto& each : all->get_array()) {
        auto read = suspension_in(each);
        if (!read || read->number > record.last) return std::nullopt;
        record.all.push_back(std::move(*read));
    }
    return record;
}

std::string text_of(const operator_suspension& suspension) {
    return json::serialize(object_with(suspension));
}

std::optional<operator_suspension> read_suspension(std::string_view text) {
    const auto one = admin::object_of(text);
    return one ? suspension_in(*one) : std::nullopt;
}

}  // namespace kurir::control
