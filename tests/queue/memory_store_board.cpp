// What the owners of a queue in memory tell each other: the notice board, and tokens of rates.
#include <algorithm>
#include <utility>

#include "queue/completing.hpp"
#include "tests/queue/memory_store.hpp"

namespace tests {

namespace {

void forget_old(memory_queue::notice_board& board, queue::time_point now) {
    const auto old = now - queue::removal_remembered;
    std::erase_if(board.notices, [&](const auto& each) {
        const auto& known = each.second;
        const bool forgotten = known.known.removed && known.at < old;
        if (forgotten) board.forgotten = std::max(board.forgotten, known.version);
        return forgotten || (known.until && *known.until < old);
    });
}

}  // namespace

void memory_store::post(
    std::vector<queue::notice> notices, home& home, queue::completion<void> done
) {
    if (closed_) return queue::complete<void>(home, std::move(done), queue::errc::closed);
    {
        const std::lock_guard lock(shared_.mutex);
        auto& board = shared_.board;
        const auto now = shared_.now();
        if (!notices.empty()) ++board.last;
        for (auto& each : notices) {
            auto& place = board.notices[{each.kind, each.key}];
            place = {.known = std::move(each), .version = board.last, .at = now};
            if (place.known.left) place.until = now + *place.known.left;
        }
    }
    queue::complete<void>(home, std::move(done), {});
}

void memory_store::read_board(
    queue::board_place last,
    std::size_t limit,
    home& home,
    queue::completion<queue::board_page> done
) {
    using page = queue::board_page;
    if (closed_) return queue::complete<page>(home, std::move(done), queue::errc::closed);
    page made{.board = "memory"};
    {
        const std::lock_guard lock(shared_.mutex);
        auto& board = shared_.board;
        const auto now = shared_.now();
        forget_old(board, now);
        made.from_start = last.server != shared_.server || last.version > board.last ||
                          (last.complete && last.version < board.forgotten);
        if (made.from_start) last = {};
        std::vector<const memory_queue::posted*> later;
        for (const auto& [key, known] : board.notices) {
            if (known.version > last.version) later.push_back(&known);
        }
        std::ranges::sort(later, {}, &memory_queue::posted::version);
        made.next = {.server = shared_.server, .version = board.last, .complete = true};
        for (const auto* known : later) {
            if (made.found.size() >= limit && known->version != made.next.version) {
                made.next.complete = false;
                break;
            }
            made.next.version = known->version;
            made.found.push_back(known->known);
            if (known->until) made.found.back().left = *known->until - now;
        }
        if (made.next.complete) made.next.version = board.last;
    }
    queue::complete<page>(home, std::move(done), std::move(made));
}

void memory_store::draw_tokens(
    queue::token_request request, home& home, queue::completion<queue::token_grant> done
) {
    using grant = queue::token_grant;
    if (closed_) return queue::complete<grant>(home, std::move(done), queue::errc::closed);
    grant made;
    {
        const std::lock_guard lock(shared_.mutex);
        made = shared_.drawn_rates[request.name].grant(request, shared_.now().time_since_epoch());
    }
    queue::complete<grant>(home, std::move(done), std::move(made));
}

}  // namespace tests
