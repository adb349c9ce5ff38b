#include "relay/dkim/message_digest.hpp"

#include <cstdint>
#include <utility>

#include "relay/dkim/canonical.hpp"
#include "relay/dkim/header_fields.hpp"

namespace kurir::dkim {

namespace {

using boost::system::in_place_error;

// How often a field is named beyond those that are there. A field that is named once more than it
// is there can't be added without breaking the signature.
enum class sealing : std::uint8_t {
    always,      // also where there is none
    if_present,  // a second one must not come, but a server on the way may add the first
    none,        // others may add one
};

struct signed_name {
    std::string_view name;
    sealing seal;
};

// RFC 6376 section 5.4.1 and its 5.4 (From), RFC 8058 section 4 and RFC 9477 section 3.1.1, which
// require a signature over theirs; and what says how the body is to be read.
constexpr signed_name signed_names[] = {
    {"From", sealing::always},
    {"Subject", sealing::always},
    {"To", sealing::always},
    {"Date", sealing::always},
    {"Reply-To", sealing::always},
    {"List-Unsubscribe", sealing::always},
    {"List-Unsubscribe-Post", sealing::always},
    {"CFBL-Address", sealing::always},
    {"Sender", sealing::if_present},
    {"Cc", sealing::if_present},
    {"Message-ID", sealing::if_present},
    {"In-Reply-To", sealing::if_present},
    {"References", sealing::if_present},
    {"MIME-Version", sealing::if_present},
    {"Content-Type", sealing::if_present},
    {"Content-Transfer-Encoding", sealing::if_present},
    {"Content-Disposition", sealing::if_present},
    {"Content-ID", sealing::if_present},
    {"Auto-Submitted", sealing::if_present},
    {"CFBL-Feedback-ID", sealing::if_present},
    {"Feedback-ID", sealing::if_present},
    {"List-Id", sealing::if_present},
    {"List-Help", sealing::if_present},
    {"List-Subscribe", sealing::if_present},
    {"List-Post", sealing::if_present},
    {"List-Owner", sealing::if_present},
    {"List-Archive", sealing::if_present},
    {"Resent-Date", sealing::none},
    {"Resent-From", sealing::none},
    {"Resent-Sender", sealing::none},
    {"Resent-To", sealing::none},
    {"Resent-Cc", sealing::none},
    {"Resent-Message-ID", sealing::none},
};

bool is_sealed(sealing seal, std::size_t count) {
    return seal == sealing::always || (seal == sealing::if_present && count > 0);
}

}  // namespace

base::result<message_digest, std::string> digest_of(
    std::string_view header, std::string body_hash
) {
    const auto fields = fields_of(header);
    field_stack left(fields);
    // RFC 6376 section 5.4: a signature covers From; without one there is nothing to vouch for.
    if (left.count("From") == 0) return {in_place_error, "has no From field"};
    message_digest made{.body_hash = std::move(body_hash)};
    for (const auto& [name, seal] : signed_names) {
        const auto count = left.count(name);
        if (made.names.size() + count >= signed_fields_max) {
            return {
                in_place_error,
                "has too many fields to be signed (" + std::to_string(count) + " " +
                    std::string(name) + ")"
            };
        }
        while (const auto* const found = left.pop(name)) {
            made.names.emplace_back(name);
            made.fields += relaxed_field(found->text);
        }
        if (is_sealed(seal, count)) made.names.emplace_back(name);
    }
    return made;
}

}  // namespace kurir::dkim
