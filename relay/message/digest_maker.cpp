#include "relay/message/digest_maker.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/dkim/header_fields.hpp"
#include "relay/message/authors.hpp"
#include "relay/message/header_scan.hpp"

namespace kurir::message {

void digest_maker::take_header(std::string_view header, std::string_view local_domain) {
    header_scan scan;
    scan.finish(header);
    made_.authors = authors_of(header, scan.facts(), local_domain).addresses;
    made_.digest = dkim::digest_of(header, {});
    const auto fields = dkim::fields_of(header);
    const bool is_signed = std::ranges::any_of(fields, [](const dkim::field& each) {
        return base::equal_ignoring_case(each.name, "DKIM-Signature");
    });
    if (is_signed) made_.header = header;
}

digested digest_maker::finish() {
    if (made_.digest) made_.digest->body_hash = body_.finish();
    return std::move(made_);
}

}  // namespace kurir::message
