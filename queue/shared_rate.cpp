#include "queue/shared_rate.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace kurir::queue {

namespace {

using std::chrono::milliseconds;

std::uint64_t slice_most(std::uint64_t count) {
    return (count + slices_of_period - 1) / slices_of_period;
}

std::uint64_t rest(std::uint64_t all, std::uint64_t taken) {
    return all > taken ? all - taken : 0;
}

// Greater than any time in milliseconds for a thousand years, and than any count.
constexpr std::int64_t number_max = 1LL << 45;

// Takes a number and the byte behind it from the front.
std::optional<std::int64_t> take_number(std::string_view& text, char end) {
    std::int64_t value = 0;
    const auto* first = text.data();
    const auto* last = first + text.size();
    const auto [at, error] = std::from_chars(first, last, value);
    if (error != std::errc() || at == last || *at != end || value < 0 || value > number_max)
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(at - first) + 1);
    return value;
}

}  // namespace

std::uint64_t draw_size(std::uint64_t count, std::size_t nodes) {
    const auto part = slice_most(count) / std::max<std::size_t>(nodes, 1);
    return std::clamp<std::uint64_t>(part, 1, draw_max);
}

std::optional<token_record> token_record::read(std::string_view text) {
    token_record made;
    while (!text.empty()) {
        const auto begin = take_number(text, ' ');
        const auto length = begin ? take_number(text, ' ') : std::nullopt;
        const auto drawn = length ? take_number(text, '\n') : std::nullopt;
        if (!drawn) return std::nullopt;
        made.slices_.push_back(
            {milliseconds(*begin), milliseconds(*length), static_cast<std::uint64_t>(*drawn)}
        );
    }
    return made;
}

std::string token_record::text() const {
    std::string made;
    for (const auto& each : slices_) {
        made += std::to_string(each.begin.count()) + ' ' + std::to_string(each.length.count()) +
                ' ' + std::to_string(each.drawn) + '\n';
    }
    return made;
}

milliseconds token_record::end() const noexcept {
    milliseconds last{};
    for (const auto& each : slices_)
        last = std::max(last, each.begin + each.length);
    return last;
}

// A token may have been used at the end of its slice.
std::uint64_t token_record::drawn_after(milliseconds time) const {
    std::uint64_t sum = 0;
    for (const auto& each : slices_) {
        if (each.begin + each.length > time) sum += each.drawn;
    }
    return sum;
}

// The begin of the next slice that has tokens, if nobody draws any until then.
milliseconds token_record::next_room(const token_request& request, milliseconds after) const {
    const auto length = request.per / slices_of_period;
    auto begin = after;
    for (unsigned i = 0; i <= slices_of_period; ++i, begin += length) {
        if (drawn_after(begin - request.per) < request.count) break;
    }
    return begin;
}

token_grant token_record::grant(const token_request& request, milliseconds time) {
    const auto length = request.per / slices_of_period;
    const auto first = time - time % length;
    std::erase_if(slices_, [&](const slice& each) {
        return each.begin + each.length <= time - request.per;
    });
    const auto at = [&](milliseconds begin) {
        return std::ranges::find_if(slices_, [&](const slice& each) {
            return each.begin == begin && each.length == length;
        });
    };
    if (const auto known = at(request.returned_to); known != slices_.end()) {
        known->drawn = rest(known->drawn, request.returned);
    }
    token_grant made{.slice = first, .left = first + length - time};
    const auto in_period = rest(request.count, drawn_after(time - request.per));
    const auto in_slice = rest(slice_most(request.count), drawn_after(first));
    made.tokens = std::min({request.wanted, in_period, in_slice});
    made.left_over = in_period - made.tokens;
    if (made.tokens > 0) {
        if (at(first) == slices_.end()) slices_.push_back({.begin = first, .length = length});
        at(first)->drawn += made.tokens;
    } else if (request.wanted > 0) {
        made.retry = next_room(request, first + length) - time;
    }
    std::erase_if(slices_, [](const slice& each) { return each.drawn == 0; });
    return made;
}

}  // namespace kurir::queue
