#include "queue/ready_list.hpp"

#include <map>

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace tests;
using queue::priority;

namespace {

struct list {
    queue::backlog all;
    queue::ready_list ready{all};
    std::uint64_t last = 0;

    void push(priority level, const std::string& tenant, std::uint64_t size = 4096) {
        auto made = delivery_due(++last, noon);
        made.priority = level;
        made.tenant = tenant;
        made.size = size;
        ready.push(all.insert(std::move(made)));
    }
    queue::delivery pop() { return all.at(*ready.pop()); }
};

}  // namespace

TEST_CASE("urgent mail goes before bulk that waits already", "[queue][ready_list]") {
    list subject;
    for (int i = 0; i < 100'000; ++i)
        subject.push(priority::bulk, "newsletter");
    for (int i = 0; i < 1000; ++i)
        std::ignore = subject.pop();
    subject.push(priority::urgent, "shop");

    int before = 0;
    while (subject.pop().priority != priority::urgent)
        ++before;
    CHECK(before <= 16);
}

TEST_CASE("a flood of urgent mail delays bulk, and does not starve it", "[queue][ready_list]") {
    list subject;
    for (int i = 0; i < 20'000; ++i) {
        subject.push(priority::urgent, "shop");
        subject.push(priority::normal, "office");
        subject.push(priority::bulk, "newsletter");
    }
    std::map<priority, int> left;
    for (int i = 0; i < 6900; ++i)
        ++left[subject.pop().priority];
    CHECK(left[priority::urgent] > left[priority::normal] * 10);
    CHECK(left[priority::normal] > left[priority::bulk] * 3);
    CHECK(left[priority::bulk] >= 64);
}

TEST_CASE("within a priority senders share by bytes", "[queue][ready_list]") {
    list subject;
    for (int i = 0; i < 1000; ++i)
        subject.push(priority::normal, "many");
    subject.push(priority::normal, "one");
    int before = 0;
    while (subject.pop().tenant != "one")
        ++before;
    CHECK(before <= 32);
}

TEST_CASE("what is taken out of a ready list does not come", "[queue][ready_list]") {
    list subject;
    for (int i = 0; i < 30; ++i)
        subject.push(
            i % 3 == 0 ? priority::bulk : priority::normal, "sender " + std::to_string(i % 5)
        );
    const auto taken =
        subject.ready.extract_if([&](auto item) { return subject.all.id(item).value() <= 10; });
    CHECK(taken.size() == 10);
    CHECK(subject.ready.size() == 20);
    std::size_t left = 0;
    while (const auto next = subject.ready.pop()) {
        CHECK(subject.all.id(*next).value() > 10);
        ++left;
    }
    CHECK(left == 20);
    CHECK(subject.ready.empty());
}

TEST_CASE("deliveries of one message are companions", "[queue][ready_list]") {
    list subject;
    for (int i = 0; i < 3; ++i) {
        subject.push(priority::normal, "shop");
        --subject.last;
    }
    ++subject.last;
    subject.push(priority::normal, "shop");
    const auto first = *subject.ready.pop();
    CHECK(subject.ready.pop_companions(first).size() == 2);
    CHECK(subject.ready.pop_companions(first).empty());
    CHECK(subject.ready.size() == 1);
}
