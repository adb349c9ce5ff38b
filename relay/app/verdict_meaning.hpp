// What a verdict means for the mail of a user, and what to look at, in plain words. Pure.
#pragma once

#include <string>

#include "relay/outbound/verdict.hpp"

namespace kurir::app {

// Sentences for the operator, in one line.
std::string plain_meaning(const outbound::verdict& end);

}  // namespace kurir::app
