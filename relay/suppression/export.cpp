#include "relay/suppression/export.hpp"

#include <boost/json/serialize.hpp>

#include "relay/suppression/csv.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::suppression {

std::string shown_subject(const entry& entry) {
    return entry.is_domain() ? '*' + entry.subject : entry.subject;
}

std::string csv_head() {
    return "address,tenant,reason,added_by,origin,added_at,expires_at\r\n";
}

void append_csv_row(std::string& target, const entry& entry) {
    const auto expires = entry.expires_at ? time_text(*entry.expires_at) : std::string();
    append_csv(
        target,
        {shown_subject(entry),
         entry.tenant,
         entry.reason,
         entry.added_by,
         text_of(entry.origin),
         time_text(entry.added_at),
         expires}
    );
}

boost::json::object json_of(const entry& entry) {
    boost::json::object line;
    line["address"] = shown_subject(entry);
    if (!entry.tenant.empty()) line["tenant"] = entry.tenant;
    if (!entry.reason.empty()) line["reason"] = entry.reason;
    if (!entry.added_by.empty()) line["added_by"] = entry.added_by;
    line["origin"] = text_of(entry.origin);
    line["added_at"] = time_text(entry.added_at);
    if (entry.expires_at) line["expires_at"] = time_text(*entry.expires_at);
    return line;
}

void append_json_line(std::string& target, const entry& entry) {
    target.append(boost::json::serialize(json_of(entry))).append("\n");
}

}  // namespace kurir::suppression
