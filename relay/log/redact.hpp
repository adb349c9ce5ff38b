// Hides mail addresses in what is logged (KURIR_LOG_REDACT). Pure.
//
// Whatever stands before an @ is hidden, in every text of every event; the domain stays. So no
// caller has to know which of its texts may hold an address: replies of remote servers, names of
// users, Message-IDs and errors often do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::log {

struct redaction {
    enum class manner : std::uint8_t {
        none,
        smart,  // john.doe@example.com is written j***oe@example.com
        hash,   // 16 hexadecimal digits, the same for each address that is equal but for case
    };
    manner way = manner::none;
    std::string key = {};  // of the hash: a secret
};

// Of one event after the other. It remembers the addresses of the event, because a remote server's
// reply may repeat the local part alone.
class redactor {
public:
    // The event has no texts so far. `rule` must outlive its texts.
    void begin(const redaction& rule);

    // `value` without addresses. Valid until the next call, and as long as `value`.
    std::string_view hide(std::string_view key, std::string_view value);

private:
    struct address {
        std::string local;   // in small letters, without quotes
        std::string domain;  // in small letters
        std::string cover;
    };
    struct found {
        std::size_t start = 0;  // of the local part
        std::size_t at = 0;     // of the @
        std::string_view local = {};
        std::string_view domain = {};
    };

    std::vector<found> addresses_in(std::string_view text) const;
    const address& remember(std::string_view local, std::string_view domain);
    std::string cover_of(const address& hidden) const;
    void append_rest(std::string_view text, bool prose);

    const redaction* rule_ = nullptr;
    std::vector<address> known_;
    std::string written_;
};

}  // namespace kurir::log
