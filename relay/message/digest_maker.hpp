// Makes what the signatures of a message need, while it comes in: its final header is read once,
// its body is hashed. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/dkim/body_hash.hpp"
#include "relay/dkim/message_digest.hpp"

namespace kurir::message {

struct digested {
    // Or why the message can't be signed, as the end of a sentence about it.
    base::result<dkim::message_digest, std::string> digest{dkim::message_digest()};
    std::vector<std::string> authors = {};  // addresses in From, as in an envelope
    std::string header = {};                // all of it, if it has signatures; else empty
};

class digest_maker {
public:
    // Before any of the body. `header` is as it will be sent, but for the signature; `local_domain`
    // completes addresses in it.
    void take_header(std::string_view header, std::string_view local_domain);

    // The next bytes of the body, however it is divided.
    void take_body(std::string_view chunk) { body_.add(chunk); }

    // The body has ended. Once.
    digested finish();

private:
    digested made_;
    dkim::body_hash body_;
};

}  // namespace kurir::message
