// How an opening ended, for tests.
#pragma once

#include <optional>
#include <variant>

#include "relay/smtp/opening.hpp"

namespace kurir::smtp::testing {

// The outcome if it is of this kind; else null.
template <class Outcome>
const Outcome* ended_as(const opening& dialogue) {
    const auto& outcome = dialogue.ended();
    return outcome ? std::get_if<Outcome>(&*outcome) : nullptr;
}

inline bool is_open(const opening& dialogue) {
    return ended_as<opening::session>(dialogue) != nullptr;
}

inline std::optional<security_failure> failure_of(const opening& dialogue) {
    const auto* failure = ended_as<security_failure>(dialogue);
    return failure ? std::optional(*failure) : std::nullopt;
}

}  // namespace kurir::smtp::testing
