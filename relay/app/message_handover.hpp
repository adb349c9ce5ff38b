// Hands one message after the other to a relay by its API (relay/control/EXPORT.md). Who calls it
// may delete a message that was taken: it is durable there.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/admin/address.hpp"
#include "relay/admin/client.hpp"
#include "relay/base/result.hpp"
#include "relay/control/queue_json.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::app {

// What a relay says when it refuses: the detail of a problem, or its status.
std::string detail_of(const admin::client::reply& reply);

struct handover_outcome {
    enum class kind_of : std::uint8_t {
        kept,       // it is durably in the relay's queue
        known,      // it was already taken
        own,        // it waits in that relay, which is the one that it comes from
        refused,    // the relay does not want this one
        forgotten,  // the relay has dropped what it had of it: begin again
        silent,     // the relay does not answer, or takes no mail just now
        unsure,     // it was told to keep it, and may have it or not
        cut,        // the content could not be read
    };
    kind_of kind = kind_of::cut;
    std::string text = {};  // the id that it has there, or why not
    // It was told to keep it, and may have done so, also if it says that it has forgotten it.
    bool may_be_there = false;
    // It has said, before this failed, that it does not know the message.
    bool unknown_there = false;

    bool taken() const noexcept { return kind == kind_of::kept || kind == kind_of::known; }
};

// An exception on a thread of others would end the process. What was sent by then may be there.
handover_outcome without_exceptions(const std::function<handover_outcome()>& attempt);

class message_handover {
public:
    // Sends the relay a request, and waits for the answer.
    using asking = std::function<base::result<admin::client::reply, std::string>(
        std::string_view method, const std::string& target, const std::string& body
    )>;

    explicit message_handover(const admin::address& relay);
    // `is_over`: whether there is no time left.
    message_handover(asking relay, std::function<bool()> is_over)
        : relay_(std::move(relay)), is_over_(std::move(is_over)) {}

    // The next bytes of the content, 1 MiB at most; empty: that was all; nothing: can't be read.
    using content = std::function<std::optional<std::string>()>;

    // Blocks. A relay that is not ready yet is asked again for up to a minute, unless it is over
    // before.
    handover_outcome hand_over(const std::string& envelope, const content& next);

private:
    struct answered {
        boost::json::object value = {};
        std::optional<handover_outcome> wrong = std::nullopt;
        bool is_mistake = false;  // 400: the relay has read it, and does not want it
    };
    answered ask(std::string_view method, const std::string& target, const std::string& body);

    const asking relay_;
    const std::function<bool()> is_over_ = [] { return false; };
};

// The envelope as text; or an error: damaged records may contradict each other.
base::result<std::string, std::string> envelope_text(
    const std::vector<control::listed>& entries,
    const std::string& hostname,
    const control::clock_reading& clocks
);

// A content that is read chunk by chunk; nothing in place of one that can't be read. If they are
// not `size` bytes together, nothing is handed over.
message_handover::content content_of_chunks(
    std::uint64_t size,
    std::uint32_t chunks,
    std::function<std::optional<std::string>(std::uint32_t index)> read
);

}  // namespace kurir::app
