#include "queue/id_index.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;

TEST_CASE("the slots of a message are found by its id, however many others there are", "[queue]") {
    constexpr std::uint32_t count = 5000;
    std::mt19937 draw(7);
    std::vector<queue::message_id> ids;
    for (std::uint32_t at = 0; at < count; ++at)
        ids.emplace_back(queue::message_id(draw() % 2000));
    const auto id_of = [&](std::uint32_t item) { return ids[item]; };
    queue::id_index subject;
    std::vector<std::uint32_t> present;
    const auto agree = [&](queue::message_id id) {
        std::vector<std::uint32_t> found;
        subject.each(id, id_of, [&](auto item) { found.push_back(item); });
        std::ranges::sort(found);
        std::vector<std::uint32_t> expected;
        std::ranges::copy_if(present, std::back_inserter(expected), [&](auto item) {
            return ids[item] == id;
        });
        std::ranges::sort(expected);
        CHECK(found == expected);
    };
    agree(queue::message_id(1));
    for (std::uint32_t at = 0; at < count; ++at) {
        subject.insert(at, id_of);
        present.push_back(at);
        if (at % 3 == 0) {
            const auto gone = draw() % present.size();
            subject.erase(present[gone], id_of);
            present.erase(present.begin() + static_cast<std::ptrdiff_t>(gone));
        }
        if (at % 100 == 0) agree(ids[draw() % (at + 1)]);
    }
    CHECK(subject.size() == present.size());
    for (std::uint64_t id = 0; id < 2000; id += 37)
        agree(queue::message_id(id));
}
