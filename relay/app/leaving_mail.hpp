// The mail of a running relay that is to leave it: what fits, and each message with its envelope.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "relay/admin/address.hpp"
#include "relay/admin/client.hpp"
#include "relay/control/selector.hpp"

namespace kurir::app {

struct leaving_message {
    std::string id;
    std::string text;              // the envelope as it came
    boost::json::object envelope;  // the same
    std::uint64_t size = 0;        // bytes of the content
    long long chunks = 0;
};

class leaving_mail {
public:
    leaving_mail(const admin::address& relay, const control::criteria& selection);

    // Calls `take` with the id of each message once, as long as it returns EXIT_SUCCESS. Returns
    // the exit status, after a complaint.
    int each(const std::function<int(const std::string& id)>& take) const;

    struct found {
        std::optional<leaving_message> message = std::nullopt;  // nothing: it has left meanwhile
        int status = 0;                                         // another: was complained of
    };
    found message(const std::string& id);

    struct found_chunk {
        std::optional<std::string> bytes = std::nullopt;  // nothing: the message has left meanwhile
        int status = 0;                                   // another: was complained of
    };
    found_chunk chunk(const std::string& id, long long number);

private:
    const admin::address relay_;
    admin::client client_;
    const std::string query_;
};

}  // namespace kurir::app
