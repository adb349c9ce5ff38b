// Tokens of rates that all nodes keep together, on every store that has several owners.
#include <algorithm>
#include <map>
#include <thread>
#include <vector>

#include "tests/queue/contract_cases.hpp"

using namespace tests;

namespace {

queue::token_request a_day(std::uint64_t count, std::uint64_t wanted) {
    return {.name = std::string("hub\0\xff", 5), .count = count, .per = 24h, .wanted = wanted};
}

}  // namespace

TEMPLATE_TEST_CASE("owners draw from one record", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    const auto drawn = first->draw(a_day(1, 3)).value();
    CHECK(drawn.tokens == 1);
    CHECK(drawn.left > 0ms);
    CHECK(drawn.left <= 30min);
    const auto none = second->draw(a_day(1, 1)).value();
    CHECK(none.tokens == 0);
    CHECK(none.retry > 23h);
    auto other = a_day(1, 1);
    other.name = "another";
    CHECK(second->draw(other).value().tokens == 1);

    auto unused = a_day(1, 0);
    unused.returned = 1;
    unused.returned_to = drawn.slice;
    CHECK(first->draw(unused).value().left_over == 1);
    CHECK(second->draw(a_day(1, 1)).value().tokens == 1);
    first->die();
    CHECK(backend.open()->draw(a_day(1, 1)).value().tokens == 0);
}

TEMPLATE_TEST_CASE("owners that draw at once get no more", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    const auto third = backend.open();
    std::map<std::chrono::milliseconds, std::uint64_t> by_slice;
    std::mutex mutex;
    std::vector<std::thread> all;
    for (auto* process : {first.get(), second.get(), third.get()}) {
        all.emplace_back([&, process] {
            for (int i = 0; i < 30; ++i) {
                const auto drawn = process->draw(a_day(960, 1));
                const std::lock_guard lock(mutex);
                if (drawn) by_slice[drawn->slice] += drawn->tokens;
            }
        });
    }
    for (auto& each : all)
        each.join();
    REQUIRE_FALSE(by_slice.empty());
    CHECK(by_slice.begin()->second == 20);
    for (const auto& [slice, tokens] : by_slice)
        CHECK(tokens <= 20);
}
