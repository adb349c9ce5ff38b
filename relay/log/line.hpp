// One event as one line, in JSON or as text. Pure; the buffers are reused for the next event.
//
// JSON: {"ts":"2026-01-31T12:00:00.000Z","level":"info","event":"received","size":1024}
// Text: 2026-01-31T12:00:00.000Z info received size=1024
//
// As text, `delivered`, `deferred` and `bounced` look like Postfix's, so people can grep for them:
// ID: to=<a@b>, relay=host[address]:25, delay=0.5, dsn=2.0.0, status=sent (250 OK), from=<c@d>
//
// As Postfix: the lines of postfix.hpp; of an event that Postfix does not know
// Jan 31 12:00:00 host kurir/lifecycle[7]: notice what=starting
//
// In text no value can imitate a field: a value that contains something like `status=` is quoted,
// and its equals signs are written \x3d, so that neither a reader nor a regular expression mistakes
// it for a field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/utc.hpp"
#include "relay/log/log.hpp"
#include "relay/log/postfix.hpp"

namespace kurir::log {

class line {
public:
    // `origin`: of format::postfix; it must outlive the line.
    void begin(
        format form,
        level severity,
        std::string_view name,
        base::sys_milliseconds time,
        const syslog_origin* origin = nullptr
    );

    void add_text(std::string_view key, std::string_view value);

    // Adds a value that needs no quotes in either form: a number, true, false or null.
    void add_bare(std::string_view key, std::string_view value);

    // The whole line, without its end; in the format of Postfix several, with a line end between
    // them. Valid until the next `begin`.
    std::string_view finish();

    level severity() const noexcept { return severity_; }

private:
    struct field {
        std::string_view key;  // a literal
        std::size_t start;     // of its value in values_
        std::size_t length;
    };

    void add_key(std::string_view key);
    std::string_view value_of(const field& entry) const;
    bool is_key(std::string_view word) const;
    bool imitates_field(std::string_view value) const;
    void disarm_values();
    std::string_view take(std::string_view key);  // removes it from fields_; empty if there is none
    void append_value(std::string_view value, std::string_view needs_quotes);
    void append_delivery(std::string_view status);
    void append_rest(std::string_view between);
    void append_as_postfix();

    format form_ = format::json;
    level severity_ = level::info;
    std::string_view name_;
    base::sys_milliseconds time_{};
    const syslog_origin* origin_ = nullptr;
    std::string text_;           // the line
    std::string values_;         // as text: the escaped values, until the order is known
    std::vector<field> fields_;  // as text
};

}  // namespace kurir::log
