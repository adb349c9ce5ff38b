// What `kurir doctor` tells of one thing that it has looked at. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kurir::doctor {

enum class grade : std::uint8_t {
    ok,
    skipped,  // it was not looked at
    warning,  // mail goes, but less of it arrives, or not for long
    wrong,    // mail is refused or does not go
};

struct finding {
    std::string check;    // what kind of thing: "ptr"
    std::string subject;  // which one: an address, a domain, a file
    doctor::grade grade = grade::ok;
    std::string found;        // in words
    std::string advice = {};  // what to do, in plain words; empty: nothing
};

std::string_view text_of(grade grade) noexcept;

// For people: a line, and one for the advice.
std::string text_of(const finding& finding);

}  // namespace kurir::doctor
