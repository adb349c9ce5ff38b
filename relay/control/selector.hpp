// Which mail of the queue an operator means: one language for command line and API, whose words
// are in criteria.hpp.
//
// Texts are patterns with *, in any case. Every criterion that is given must fit; none fits all.
// `reason` is a regular expression that is looked for in what the remote server or the operator
// said last. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/message.hpp"
#include "queue/store.hpp"
#include "relay/outbound/scheduler.hpp"

namespace kurir::control {

using criteria = std::vector<std::pair<std::string, std::string>>;

class selector {
public:
    // Fits all mail.
    static std::shared_ptr<const selector> everything();
    // Or what is wrong, as a sentence that names the criterion.
    static std::variant<selector, std::string> read(const criteria& given);

    // Whether a delivery fits, as far as memory tells. `now`: of the queue's clock.
    bool fits(const outbound::scheduler& state, queue::backlog::slot item, queue::time_point now)
        const;

    // The same of a delivery in another backlog, with the name of its destination; empty: it is
    // not known.
    bool fits(
        const queue::backlog& all,
        queue::backlog::slot item,
        const std::string& destination,
        queue::time_point now
    ) const;

    // The only messages that can fit, ascending; empty: any.
    const std::vector<queue::message_id>& ids() const noexcept { return ids_; }

    // Whether more has to be known.
    bool needs_envelope() const noexcept;
    // Which of a delivery's recipients are meant; empty: none, it does not fit. `obstacle`: the
    // reason of those of whom nothing was said yet.
    std::vector<std::uint32_t> chosen(
        const queue::delivery& waiting,
        const queue::stored_message& message,
        const std::string& obstacle = {}
    ) const;

private:
    // `name_destination` returns the name; called only if a criterion asks for it.
    template <class NameDestination>
    bool fits_as_far(
        const queue::backlog& all,
        queue::backlog::slot item,
        NameDestination name_destination,
        queue::time_point now
    ) const;
    std::string set(std::string_view name, const std::string& value);
    std::string set_word(std::string_view name, const std::string& value);
    std::string set_ids(const std::string& value);

    struct text_pattern {
        std::string_view name;
        bool in_envelope = false;
        std::string text;
    };

    std::vector<text_pattern> patterns_;
    std::optional<queue::backlog::state> state_;
    std::optional<queue::priority> priority_;
    std::optional<std::chrono::milliseconds> older_;
    std::optional<std::chrono::milliseconds> newer_;
    std::optional<std::uint64_t> larger_;
    std::shared_ptr<const std::regex> reason_;
    std::vector<queue::message_id> ids_;  // ascending
    // Of an id, if not all of its recipients are meant: their places in the envelope.
    std::map<queue::message_id, std::set<std::uint32_t>> recipients_;
};

// What was said last of a recipient of a delivery, in one line: the reply of the remote server, our
// own words, or the operator's. Empty: nothing yet.
std::string reason_of(
    const queue::delivery& waiting, const queue::stored_message& message, std::uint32_t recipient
);

// The words for states and priorities.
std::string_view text_of(queue::backlog::state state) noexcept;
std::string_view text_of(queue::priority priority) noexcept;

}  // namespace kurir::control
