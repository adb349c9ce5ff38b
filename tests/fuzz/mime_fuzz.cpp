// Messages of any bytes for a 7-bit transport: the first byte says how the message is cut. What is
// checked: the cuts change nothing; what comes out is ASCII in lines of at most 998 bytes; it needs
// no second conversion; what needed none is fit as it is.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/mime/converter.hpp"
#include "relay/mime/plan.hpp"

using namespace kurir;

namespace {

template <class Taker>
void give(std::string_view message, std::size_t step, const Taker& take) {
    for (std::size_t size = 1; !message.empty(); size = size % 97 * step % 61 + 1) {
        const auto chunk = step == 0 ? message : message.substr(0, size);
        take(chunk);
        message.remove_prefix(chunk.size());
    }
}

mime::conversion_plan plan_of(std::string_view message, std::size_t step) {
    mime::planner planner;
    give(message, step, [&](std::string_view chunk) { planner.add(chunk); });
    return planner.finish();
}

std::string converted(
    std::string_view message, const mime::conversion_plan& plan, std::size_t step
) {
    mime::converter converter(plan);
    std::string output;
    give(message, step, [&](std::string_view chunk) { converter.add(chunk, output); });
    converter.finish(output);
    assert(converter.header_size() && *converter.header_size() <= output.size());
    return output;
}

bool has_verbatim(const mime::conversion_plan& plan) {
    return std::ranges::any_of(plan.parts, [](const auto& each) {
        return each.content == mime::treatment::verbatim;
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view message(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto plan = plan_of(message, 0);
    const auto again = plan_of(message, data[0]);
    assert(plan.needed == again.needed && plan.trouble == again.trouble);
    assert(plan.parts.size() == again.parts.size());
    if (!plan.trouble.empty()) return 0;
    if (!plan.needed) {
        assert(!base::has_high(message));
        assert(has_verbatim(plan) || !mime::needs_encoding(message));
        return 0;
    }
    const auto output = converted(message, plan, 0);
    assert(output == converted(message, plan, data[0]));
    assert(output.ends_with("\r\n") && !base::has_high(output));
    if (has_verbatim(plan)) return 0;
    assert(!mime::needs_encoding(output));
    assert(!plan_of(output, data[0]).needed);
    return 0;
}
