#include "relay/doctor/machine.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using doctor::grade;
using doctor::sys_seconds;
using std::chrono::days;

namespace {

constexpr std::uint64_t mebibyte = 1024UL * 1024;
constexpr auto today = sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27));

grade certificate(sys_seconds begin, sys_seconds end, bool has_hostname = true) {
    return doctor::judge_certificate(
               {.file = "cert.pem",
                .name = "mail.example.com",
                .has_hostname = has_hostname,
                .valid_from = begin,
                .valid_until = end},
               "mail.example.com",
               today
    )
        .grade;
}

grade disk(std::uint64_t free, std::uint64_t files = 1'000'000) {
    const doctor::disk_facts facts{
        .folder = "/q", .size = 1000 * mebibyte, .free = free, .free_files = files
    };
    return doctor::judge_disk(facts, 100 * mebibyte, 10 * mebibyte).grade;
}

}  // namespace

TEST_CASE("a certificate is valid, for a while yet, and for our name", "[doctor][machine]") {
    CHECK(certificate(today - 1s, today + days(14)) == grade::ok);
    CHECK(certificate(today, today + days(14)) == grade::ok);
    CHECK(certificate(today + 1s, today + days(90)) == grade::wrong);
    CHECK(certificate(today - 1s, today + days(14) - 1s) == grade::warning);
    CHECK(certificate(today - 1s, today) == grade::wrong);
    CHECK(certificate(today - 1s, today + days(90), false) == grade::warning);
}

TEST_CASE("the disk has room for mail", "[doctor][machine]") {
    CHECK(disk(200 * mebibyte) == grade::ok);
    CHECK(disk(200 * mebibyte - 1) == grade::warning);
    CHECK(disk(100 * mebibyte) == grade::warning);
    CHECK(disk(100 * mebibyte - 1) == grade::wrong);
    CHECK(disk(900 * mebibyte, 9'999) == grade::warning);
    const doctor::disk_facts closed{.folder = "/q", .trouble = "can't be written"};
    CHECK(doctor::judge_disk(closed, 0, 1).grade == grade::wrong);
}

TEST_CASE("the clock is not behind what it has told before", "[doctor][machine]") {
    doctor::clock_facts facts{.now = today, .built = today - days(30), .synchronized = true};
    CHECK(doctor::judge_clock(facts).grade == grade::ok);
    facts.synchronized.reset();
    CHECK(doctor::judge_clock(facts).grade == grade::ok);
    facts.synchronized = false;
    CHECK(doctor::judge_clock(facts).grade == grade::warning);
    facts.newest = today + 61s;
    CHECK(doctor::judge_clock(facts).grade == grade::wrong);
    facts.newest = today + 60s;
    facts.built = today + 61s;
    CHECK(doctor::judge_clock(facts).grade == grade::wrong);
    facts.built = today + 60s;
    CHECK(doctor::judge_clock(facts).grade == grade::warning);
}

TEST_CASE("the limit of descriptors should do for the settings", "[doctor][machine]") {
    CHECK(doctor::judge_descriptors(1024, 1024, 100).grade == grade::ok);
    const auto few = doctor::judge_descriptors(1023, 1024, 80);
    CHECK(few.grade == grade::warning);
    CHECK(few.found.find("80 deliveries") != std::string::npos);
}
